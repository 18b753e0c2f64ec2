"""Run a simulated BackHug on a Bluetooth controller or behind an ESPHome proxy: `python -m simulator --help`."""

import argparse
import asyncio
from contextlib import AsyncExitStack
import sys
from typing import TYPE_CHECKING

from bumble.core import BaseBumbleError

from .back import Back, Build, Clock
from .console import Console
from .peripheral import Peripheral
from .radio import Radio

if TYPE_CHECKING:
    from .esphome.server import EsphomeServer

_MISSING = ("manufacturer", "model", "serial", "firmware", "hardware")
_LACKING = {
    "pause": "can_pause",
    "occupancy": "senses_occupancy",
    "leg-rest": "reports_leg_rest",
    "tension": "measures_tension",
}

_NO_TRANSPORT = """\
A virtual radio exists only inside one process, so that nothing else could find this
BackHug. Offer it to a Home Assistant as an ESPHome Bluetooth proxy,

  --proxy                                then add "ESPHome" there, with this machine's
                                         address and port 6053

or name the Bluetooth controller to put it on, for example

  --transport usb:0                      the first USB controller that nothing else uses
  --transport hci-socket:0               hci0 of Linux, taken from BlueZ (as root)
  --transport serial:/dev/ttyUSB0        a controller with HCI on a serial port
  --transport tcp-client:127.0.0.1:6402  a controller reached over TCP, for example of
                                         `bumble-hci-bridge` or `bumble-controllers`

or run `scripts/develop`: its Home Assistant has a virtual radio with a BackHug on it.
"""

_ADD_PROXY = """\
Listening on port {port} as an ESPHome Bluetooth proxy. In Home Assistant: Settings,
Devices & services, Add integration, ESPHome; this machine's address, port {port}.
"""


def _codes(text: str) -> tuple[int, ...]:
    """Read codes separated by commas."""
    return tuple(int(code, 0) for code in text.split(","))


def _parser() -> argparse.ArgumentParser:
    build = Build()
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A BackHug without hardware, on a Bluetooth controller or behind an ESPHome proxy.",
    )
    add = parser.add_argument
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--transport", help="a controller, as Bumble names it (usb:0, hci-socket:0, …)"
    )
    where.add_argument(
        "--proxy",
        action="store_true",
        help="offer it as an ESPHome Bluetooth proxy, which Home Assistant adds by address and port",
    )
    proxy = parser.add_argument_group("with --proxy")
    proxy.add_argument("--host", help="address to listen on (every one)")
    proxy.add_argument("--port", type=int, default=6053, help="(%(default)s)")
    proxy.add_argument(
        "--encryption-key", help="32 octets in base64, as ESPHome's; plain without one"
    )
    proxy.add_argument("--slots", type=int, default=3, help="connections (%(default)s)")
    proxy.add_argument(
        "--latency",
        type=float,
        default=60.0,
        help="milliseconds for a request and its response (%(default)g)",
    )
    add("--name", default=build.name, help="at most 29 octets (%(default)s)")
    add("--address", default=build.address, help="static random (%(default)s)")
    add("--strengths", type=int, default=build.strengths, help="1-20 (%(default)s)")
    add("--fingers", type=int, default=build.fingers, help="even, 2-64 (%(default)s)")
    add("--areas", type=_codes, default=build.areas, help="codes, as 0,1,2")
    add("--flows", type=_codes, default=build.flows, help="codes, as 0,1,2")
    add("--shortest", type=int, default=build.shortest, help="minutes (%(default)s)")
    add("--longest", type=int, default=build.longest, help="minutes (%(default)s)")
    add("--major", type=int, default=build.major, help="profile version (%(default)s)")
    add("--minor", type=int, default=build.minor, help="profile version (%(default)s)")
    add("--mtu", type=int, default=build.mtu, help="23-517 (%(default)s)")
    add("--encrypted", action="store_true", help="ask for pairing, except to stop")
    add("--speed", type=float, default=1.0, help="how fast time runs (%(default)s)")
    for item in _MISSING:
        default = getattr(build, item)
        group = parser.add_mutually_exclusive_group()
        group.add_argument(f"--{item}", default=default, help="(%(default)s)")
        group.add_argument(
            f"--without-{item}", dest=item, action="store_const", const=None
        )
    for what, field in _LACKING.items():
        add(f"--without-{what}", dest=field, action="store_false", default=True)
    return parser


def _build(arguments: argparse.Namespace) -> Build:
    """Return the build that the arguments describe; ValueError as `Build`."""
    fields = Build.__dataclass_fields__
    return Build(**{name: getattr(arguments, name) for name in fields})


async def _run(build: Build, arguments: argparse.Namespace) -> None:
    # One way takes half of it.
    delay = arguments.latency / 2000 if arguments.proxy else 0.0
    radio = Radio(delay, transport=arguments.transport)
    back = Back(build, Clock(arguments.speed))
    peripheral = Peripheral(back, radio)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(radio.close)
        stack.push_async_callback(peripheral.stop)
        await peripheral.start()
        if arguments.proxy:
            server = _proxy(radio, build, arguments)
            stack.push_async_callback(server.stop)
            await server.start()
            sys.stdout.write(_ADD_PROXY.format(port=server.port))
        await Console(back, peripheral, sys.stdin, sys.stdout).run()


def _proxy(radio: Radio, build: Build, arguments: argparse.Namespace) -> EsphomeServer:
    # Imported here: everything else runs without aioesphomeapi.
    from .esphome.server import EsphomeServer

    return EsphomeServer(
        radio,
        host=arguments.host,
        port=arguments.port,
        key=arguments.encryption_key,
        # Derived from the BackHug's address, so that several proxies can be added.
        name=f"backhug-proxy-{build.address[-5:].replace(':', '').lower()}",
        mac_address=f"02{build.address[2:]}",
        slots=arguments.slots,
    )


def main() -> int:
    """Run the command line."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.transport is None and not arguments.proxy:
        sys.stderr.write(_NO_TRANSPORT)
        return 2
    try:
        build = _build(arguments)
    except ValueError as error:
        parser.error(str(error))
    try:
        asyncio.run(_run(build, arguments))
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError, BaseBumbleError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
