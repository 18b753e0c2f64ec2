"""Start the development instance; `scripts/develop` is the way in."""

import argparse
import logging
import os
from pathlib import Path
import signal
import sys
from typing import NoReturn

from homeassistant import __main__ as homeassistant
from homeassistant.const import RESTART_EXIT_CODE, __version__

from .console import say
from .instance import NotReadyError, check_port, check_unused, prepare, reset


def main() -> int:
    """Prepare the configuration, run Home Assistant, return its exit code."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--speed", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
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
    say(f"Simulated time passes {options.speed} times as fast (--speed).")
    say(f"Starting Home Assistant {__version__} ...")
    os.environ["BACKHUG_SPEED"] = options.speed

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
    """Begin again, with the code as it is now and without a second reset."""
    names = ("speed", "port", "config")
    again = [f"--{name}={getattr(options, name)}" for name in names]
    command = [sys.executable, "-m", "development", *again]
    os.execv(command[0], command)  # noqa: S606, no shell is wanted


def leave(*_: object) -> NoReturn:
    """End at once: nothing has begun that would have to be closed."""
    say("Stopped.")
    sys.exit(0)


if __name__ == "__main__":
    # Home Assistant takes these over as soon as it runs.
    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    try:
        sys.exit(main())
    except NotReadyError as error:
        say(str(error))
        sys.exit(1)
