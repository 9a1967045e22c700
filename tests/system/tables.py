"""The system's own initial ram disk, with other service tables; each function makes one and returns where it is."""
from __future__ import annotations

import io
import pathlib
import tarfile

from pithlib import BUILD, build

CONSOLE = """
service console
    program sys/console
    offers
    grant ports ports 0x3f8 8
    grant interrupt interrupt 4
    grant log system write_log
"""


def _with_table(name: str, table: str) -> pathlib.Path:
    path = BUILD / "tables" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(build.INITRD) as source, tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as target:
        for entry in source:
            data = source.extractfile(entry).read()  # type: ignore[union-attr]  # there are only files
            if entry.name == "sys/services":
                data = table.encode()
                entry.size = len(data)
            target.addfile(entry, io.BytesIO(data))
    return path


def services_that_end() -> pathlib.Path:
    """What does not start, what ends and is restarted, and what becomes of those who wait for it."""
    return _with_table("services-that-end", CONSOLE + """
service missing
    program bin/no-such-program
service flaky
    program bin/true
    exited restart 2
service deaf
    program bin/false
    offers
    exited restart 1
service client
    program bin/ls
    grant console connect console
    grant files connect deaf
    grant log system write_log
    exited poweroff
""")


def wrong_line() -> pathlib.Path:
    return _with_table("wrong-line", CONSOLE + "    grant more magic\n")


def with_devices() -> pathlib.Path:
    """The shipped table, but the shell holds the authority over devices and hands it to the tests of it."""
    with tarfile.open(build.INITRD) as source:
        table = source.extractfile("sys/services").read().decode()  # type: ignore[union-attr]
    before, shell = table.split("service shell\n")
    rights = "system list power"
    assert rights in shell, "the shell's System rights are not where they were"
    return _with_table("with-devices", before + "service shell\n" + shell.replace(rights, rights + " devices", 1))
