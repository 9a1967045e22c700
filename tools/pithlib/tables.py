"""The system's own initial ram disk, with another table; each function makes one and returns where it is."""
from __future__ import annotations

import io
import pathlib
import tarfile
import tempfile

from . import BUILD, ROOT, Failure, build


def repacked(path: pathlib.Path, changed: dict[str, bytes]) -> pathlib.Path:
    """The ram disk with some of its files replaced. Whoever makes the same one at the same time does no harm."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        with tarfile.open(build.INITRD) as source, tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as target:
            for entry in source:
                data = source.extractfile(entry).read()  # type: ignore[union-attr]  # there are only files
                data = changed.get(entry.name, data)
                entry.size = len(data)
                target.addfile(entry, io.BytesIO(data))
    return pathlib.Path(file.name).replace(path)


def with_table(name: str, table: str, which: str = "sys/services") -> pathlib.Path:
    return repacked(BUILD / "tables" / name, {which: table.encode()})


def shipped_services() -> str:
    with tarfile.open(build.INITRD) as source:
        return source.extractfile("sys/services").read().decode()  # type: ignore[union-attr]


def _with_shell(name: str, changes: dict[str, str]) -> pathlib.Path:
    """The shipped table with a service `shell` that is told otherwise."""
    before, shell = shipped_services().split("service shell\n")
    for old, new in changes.items():
        if old not in shell:
            raise Failure(f"the shell's `{old}` is not where it was in sys/services")
        shell = shell.replace(old, new, 1)
    return with_table(name, before + "service shell\n" + shell)


RIGHTS = {"system list power": "system list power devices"}


def with_devices() -> pathlib.Path:
    """The shipped table, but the shell holds the authority over devices and hands it to the tests of it."""
    return _with_shell("with-devices", RIGHTS)


def with_spare() -> pathlib.Path:
    """test/sparetest in the shell's place, with the memory that no service was promised."""
    return _with_shell("with-spare", {"bin/shell": "test/sparetest", "grant     budget     budget": "grant     spare      spare"})


def with_board() -> pathlib.Path:
    """The shipped table with the service that docs/write-a-server.md shows, as it stands there."""
    page = (ROOT / "docs/write-a-server.md").read_text()
    service = page.split("```\nservice board\n")[1].split("```")[0]
    return _with_shell("with-board", {"bin/shell\n": "bin/shell\n    grant     board      connect board\n",
                                      "# Mounts": f"service board\n{service}\n# Mounts"})


def machine_benchmark() -> pathlib.Path:
    """bench/machine in the shell's place, with its authority, that over devices, and memory for 10,000 threads."""
    program = {"bin/shell\n    memory    6144": "bench/machine\n    memory    60000"}
    return _with_shell("machine-benchmark", {**RIGHTS, **program})
