"""Start the development instance; `scripts/develop` is the way in."""

import argparse
import logging
import os
from pathlib import Path
import signal
import sys
import threading
import time
from typing import NoReturn

from .console import say
from .instance import NotReadyError, check_port, check_unused, prepare, reset

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Home Assistant takes these over once it has started."""


def main() -> int:
    """Prepare the configuration, run Home Assistant, return its exit code."""
    from homeassistant import __main__ as homeassistant
    from homeassistant.const import RESTART_EXIT_CODE, __version__

    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--speed", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--proxy", action="store_true")
    parser.add_argument("--reset", action="store_true")
    options = parser.parse_args()
    directory = options.config.absolute()

    check_unused(directory)
    check_port(options.port)
    if options.reset:
        reset(directory)
    if prepare(directory, options.port):
        say(f"Made a new configuration in {options.config}.")
    else:
        say(f"Using the configuration in {options.config} (--reset starts afresh).")
    say(f"The whole log is in {options.config}/home-assistant.log.")
    say(f"Simulated time passes {options.speed} times as fast (--speed).")
    say(f"Starting Home Assistant {__version__} ...")
    os.environ["BACKHUG_SPEED"] = options.speed
    os.environ["BACKHUG_PROXY"] = str(options.proxy)

    for number in SIGNALS:
        signal.signal(number, stop_when_started)
    # It warns of --skip-pip and of custom integrations, before its logger is set up.
    for name in ("bootstrap", "loader"):
        logging.getLogger(f"homeassistant.{name}").setLevel(logging.ERROR)
    # In this very process: a signal reaches Home Assistant once and directly, and no
    # orphan can remain.
    sys.argv = ["hass", "--skip-pip", "--config", str(directory)]
    code = homeassistant.main()
    if code == RESTART_EXIT_CODE:
        say("Restarting ...")
        restart(options)
    say("Stopped.")
    return code


def restart(options: argparse.Namespace) -> NoReturn:
    """Restart with the current code, without a second reset."""
    names = ("speed", "port", "config")
    again = [f"--{name}={getattr(options, name)}" for name in names]
    if options.proxy:
        again.append("--proxy")
    command = [sys.executable, "-m", "development", *again]
    os.execv(command[0], command)  # noqa: S606, no shell is wanted


def leave(*_: object) -> NoReturn:
    """End at once."""
    say("Stopped.")
    sys.exit(0)


def stop_when_started(number: int, _: object) -> None:
    """Stop Home Assistant as soon as it can be stopped; end at once the second time."""

    def pass_on() -> None:
        while signal.getsignal(number) is leave:
            time.sleep(0.1)
        os.kill(os.getpid(), number)

    say("Stopping as soon as it has started ...")
    for each in SIGNALS:
        signal.signal(each, leave)
    threading.Thread(target=pass_on, daemon=True).start()


if __name__ == "__main__":
    for each in SIGNALS:
        signal.signal(each, leave)
    try:
        sys.exit(main())
    except NotReadyError as error:
        say(str(error))
        sys.exit(1)
