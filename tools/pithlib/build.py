"""Building: CMake presets, told in one line when all is well."""
from __future__ import annotations

import contextlib
import fcntl
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Iterator, Optional

from . import BUILD, ROOT, Failure

INITRD = BUILD / "pith.initrd"
SYSTEM = BUILD / "system"
HOST = BUILD / "host"
PVH_LOADER = SYSTEM / "loader/pith-loader.elf"
UEFI_LOADER = SYSTEM / "loader/bootx64.efi"


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Two commands at once must not build in one folder."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: list[str], what: str) -> None:
    """One line of progress where somebody watches; what is wrong if it failed."""
    watched = sys.stderr.isatty()
    width = shutil.get_terminal_size().columns - 1
    lines = []
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        for line in process.stdout:
            lines.append(line)
            if watched:
                print(f"\r{line.rstrip()[:width]}\033[K", end="", file=sys.stderr, flush=True)
    if watched:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if process.returncode:
        sys.stderr.writelines(line for line in lines if not re.match(r"\[\d+/\d+\] ", line))
        raise Failure(f"{what} failed")


def _preset(name: str, targets: list[str]) -> None:
    folder = BUILD / name
    if not (folder / "build.ninja").exists():
        _run(["cmake", "--preset", name, "-B", str(folder)], f"configuring ({name})")
    _run(["cmake", "--build", str(folder), *(["--target", *targets] if targets else [])], f"the build ({name})")


def system(targets: Optional[list[str]] = None) -> None:
    """Everything that boots; leaves build/pith.initrd, the same file for every loader."""
    with _alone():
        _preset("system", targets or [])
        _publish(SYSTEM / "pith.initrd", INITRD)


def host(targets: Optional[list[str]] = None) -> None:
    with _alone():
        _preset("host", targets or [])


def _publish(source: pathlib.Path, destination: pathlib.Path) -> None:
    data = source.read_bytes()
    if not destination.exists() or destination.read_bytes() != data:
        temporary = destination.with_suffix(".new")
        shutil.copyfile(source, temporary)
        temporary.replace(destination)
