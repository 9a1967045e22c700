"""Initial ram disks that no system can start from; each function makes one and returns where it is."""
from __future__ import annotations

import io
import pathlib
import tarfile

from pithlib import BUILD

FOLDER = BUILD / "broken"


def _write(name: str, data: bytes) -> pathlib.Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / name
    if not path.exists() or path.read_bytes() != data:
        path.write_bytes(data)
    return path


def _archive(name: str, **files: bytes) -> pathlib.Path:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, data in files.items():
            entry = tarfile.TarInfo(f"sys/{path}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return _write(name, stream.getvalue())


def _elf_header(loaded: int) -> bytes:
    """An ELF64 kernel whose one segment says that it takes this many bytes of memory."""
    base = 0xFFFFFFFFFFE02000
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += (2).to_bytes(2, "little") + (62).to_bytes(2, "little") + (1).to_bytes(4, "little")
    header += base.to_bytes(8, "little") + (64).to_bytes(8, "little") + bytes(8) + bytes(4)
    header += b"".join(n.to_bytes(2, "little") for n in (64, 56, 1, 64, 0, 0))
    segment = (1).to_bytes(4, "little") + (7).to_bytes(4, "little")
    segment += b"".join(n.to_bytes(8, "little") for n in (0x1000, base, base, 16, loaded, 0x1000))
    return (header + segment).ljust(0x1000, b"\0") + b"\xf4" * 16


def not_an_archive() -> pathlib.Path:
    return _write("not-an-archive", b"This is no archive.\n" * 100)


def no_kernel() -> pathlib.Path:
    return _archive("no-kernel", config=b"// nothing else\n")


def kernel_not_elf() -> pathlib.Path:
    return _archive("kernel-not-elf", core=b"#!/bin/sh\n" * 100, config=b"\n")


def kernel_too_large() -> pathlib.Path:
    return _archive("kernel-too-large", core=_elf_header(1 << 40), config=b"\n")


def fills_8_mib() -> pathlib.Path:
    """Leaves no room for a kernel that is fine otherwise."""
    return _archive("no-memory", core=_elf_header(0x1B0000), filler=bytes(5 << 20))
