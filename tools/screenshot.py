#!/usr/bin/env python3
"""Boots the system and takes a picture of its screen: screenshot.py OUTPUT.png [OPTIONS of ./pith run]."""
from __future__ import annotations

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from pithlib import Failure, build, command  # noqa: E402
from pithlib.guest import Guest  # noqa: E402
from pithlib.session import READY, last_lines  # noqa: E402


def take(output: str, arguments: list[str]) -> None:
    machine, options = command._machine("screenshot", arguments)
    build.system()
    deadline = time.monotonic() + (options.timeout or 120)
    with Guest.start(machine) as guest:
        if not guest.wait_for(READY, deadline):
            raise Failure(f"the system did not come up:\n{last_lines(bytes(guest.log))}")
        guest.settle(1.0)
        if not guest.command("screendump", deadline, filename=os.path.abspath(output), format="png"):
            raise Failure("QEMU took no picture")
    print(output)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: screenshot.py OUTPUT.png [OPTIONS of ./pith run]")
    try:
        take(sys.argv[1], sys.argv[2:])
    except Failure as failure:
        sys.exit(f"screenshot: {failure}")
