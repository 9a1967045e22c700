#!/usr/bin/env python3
"""Takes the pictures of docs/ anew, or those whose names are given: boots the system, types at its keyboard.

screenshot.py [NAME…]"""
from __future__ import annotations

import pathlib
import sys
import time
from dataclasses import dataclass, field

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from pithlib import BUILD, ROOT, Failure, build, disk, png  # noqa: E402
from pithlib.guest import Guest  # noqa: E402
from pithlib.keys import keys  # noqa: E402
from pithlib.qemu import Machine  # noqa: E402
from pithlib.session import last_lines  # noqa: E402

READY = r"keyboard: ready"
DISK_SIZE = 64 << 20
GERMAN = {"ö": "semicolon", "ä": "apostrophe", "ü": "bracket_left", "ß": "minus", "é": "equal e", "ê": "grave_accent e"}


@dataclass
class Picture:
    typed: list[str]  # lines, or `<KEY>` for one key
    on: dict = field(default_factory=dict)  # fields of Machine that differ from its defaults
    has_disk: bool = False


def german(text: str) -> str:
    """Keys for what is typed once the keymap is the German one."""
    return " ".join(f"<{key}>" for c in text for key in (GERMAN.get(c) or keys(c)[0]).split())


PICTURES = {
    "boot": Picture(["clear", "lspci", "ps", "echo hello > /tmp/a; cat /tmp/a | wc", "debug crash null"]),
    "session-text": Picture(["clear", "/test/card", "keymap de", german("echo größer, café, fête, ä ö ü") + " <ret>"]),
    "session-top": Picture(["<alt-f2>", "spin &", "<alt-f1>", "clear", "top"]),
    "session-second-terminal": Picture(["top", "<alt-f2>", "clear", "cat /sys/services | grep grant | wc -l", "spin &", "uptime", "jobs",
                                        "kill %1; wait", "free -h"]),
    "session-disk": Picture(["clear", "lspci", "disks", "mount", "cd /home; mkdir notes; echo kept > notes/today; sync",
                             "cp /bin/shell .; sha256sum shell /bin/shell", "find . ; ls -l", "df"], has_disk=True),
}


def press(guest: Guest, key: str, deadline: float) -> None:
    guest.command("human-monitor-command", deadline, **{"command-line": f"sendkey {key} 20"})
    guest.settle(0.08)  # QEMU holds it down for 20 ms


def type_line(guest: Guest, line: str, deadline: float) -> None:
    named = line.split() if line.startswith("<") else []
    for key in [name.strip("<>") for name in named] or keys(line + "\n"):
        press(guest, key, deadline)
    guest.settle(1.5)


def take(name: str, wanted: Picture) -> None:
    fields = dict(wanted.on)
    if wanted.has_disk:
        path = BUILD / f"{name}.img"
        path.unlink(missing_ok=True)
        disk.create(path, DISK_SIZE)
        fields.update(disk=path)
    points, target = BUILD / f"{name}.ppm", ROOT / f"docs/{name}.png"
    deadline = time.monotonic() + 180
    with Guest.start(Machine(**fields)) as guest:
        if not guest.wait_for(READY, deadline):
            raise Failure(f"the system did not come up:\n{last_lines(bytes(guest.log))}")
        guest.settle(1.0)
        for line in wanted.typed:
            type_line(guest, line, deadline)
        if not guest.command("screendump", deadline, filename=str(points)):
            raise Failure("QEMU took no picture")
    target.write_bytes(png.of_ppm(points.read_bytes()))
    points.unlink()
    print(target.relative_to(ROOT), target.stat().st_size, "bytes")


if __name__ == "__main__":
    unknown = [name for name in sys.argv[1:] if name not in PICTURES]
    if unknown:
        sys.exit(f"screenshot: no picture {unknown[0]}; there are {', '.join(PICTURES)}")
    try:
        build.system()
        for each in sys.argv[1:] or PICTURES:
            take(each, PICTURES[each])
    except Failure as failure:
        sys.exit(f"screenshot: {failure}")
