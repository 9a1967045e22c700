"""The system's own files in other archives than the build makes."""
from __future__ import annotations

import pathlib
import subprocess
import tarfile

from pithlib import BUILD, Failure, build, tables

SEQUENCES = 5_050  # of each replayed system


def _cpio_entry(name: str, data: bytes, number: int, mode: int) -> bytes:
    """One entry of the "newc" format: a header of hexadecimal fields, name and data padded to 4 bytes."""
    encoded = name.encode() + b"\0"
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields)

    def padded(part: bytes) -> bytes:
        return part + bytes(-len(part) % 4)

    return padded(header + encoded) + padded(data)


def as_cpio() -> pathlib.Path:
    parts = []
    with tarfile.open(build.INITRD) as archive:
        for number, member in enumerate(archive, 1):
            file = archive.extractfile(member)
            parts.append(_cpio_entry(member.name, file.read() if file else b"", number, 0o100000 | member.mode))
    parts.append(_cpio_entry("TRAILER!!!", b"", 0, 0))
    path = BUILD / "pith.cpio"
    path.write_bytes(b"".join(parts))
    return path


def with_kernel(name: str, kernel: bytes) -> pathlib.Path:
    """The same system on another kernel."""
    return tables.repacked(BUILD / name, {"sys/core": kernel})


# Writes the longest lines, first of all.
LONG_LINES = """service longlines
    program   test/longlines
    priority  30
    memory    64
    grant     log        system write_log
    exited    ignore
    failed    ignore

"""


def with_measured_kernel() -> pathlib.Path:
    """On the kernel that notes how long each entry takes (tests/measured)."""
    return _measured("measured.initrd", LONG_LINES + tables.shipped_services())


def with_long_lines() -> pathlib.Path:
    """The same without a console, which would keep the kernel from drawing."""
    return _measured("long-lines.initrd", LONG_LINES.replace("    exited", "    grant     system     system power\n    exited"))


def _measured(name: str, services: str) -> pathlib.Path:
    kernel = (build.SYSTEM / "tests/measured/stripped").read_bytes()
    return tables.repacked(BUILD / name, {"sys/core": kernel, "sys/services": services.encode()})


def with_checked_kernel() -> pathlib.Path:
    """On the kernel that checks its invariants as it goes (tests/checked)."""
    return with_kernel("checked.initrd", (build.SYSTEM / "tests/checked/stripped").read_bytes())


def with_record(source: pathlib.Path = build.INITRD) -> pathlib.Path:
    """Together with what exploration on the host did, for test/replay to do again."""
    build.host(["pith_explore_model"])
    path = BUILD / f"replay-{source.name}"
    path.write_bytes(source.read_bytes())
    with tarfile.open(path, "a", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(_recorded("replay.record", str(SEQUENCES)), "test/replay.record", filter=_as_any_file)
        archive.add(_recorded("wrong.record", "200", "0", "wrong"), "test/wrong.record", filter=_as_any_file)
    return path


def _recorded(name: str, *arguments: str) -> pathlib.Path:
    record = BUILD / name
    done = subprocess.run([build.HOST / "tests/model/pith_explore_model", "record", record, *arguments],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"nothing was recorded: {(done.stdout + done.stderr)[-800:]}")
    return record


def _as_any_file(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry
