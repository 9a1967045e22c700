"""The system's own initial ram disk, with other service tables; each function makes one and returns where it is."""
from __future__ import annotations

import pathlib

from pithlib.tables import machine_benchmark, with_board, with_devices, with_spare, with_table

__all__ = ["machine_benchmark", "with_mounts", "services_that_end", "with_board", "with_devices", "with_example", "with_spare", "wrong_line"]

CONSOLE = """
service console
    program sys/console
    offers
    grant ports ports 0x3f8 8
    grant interrupt interrupt 4
    grant log system write_log
"""


def services_that_end() -> pathlib.Path:
    """What does not start, what ends and is restarted, and what becomes of those who wait for it."""
    return with_table("services-that-end", CONSOLE + """
service missing
    program bin/no-such-program
service flaky
    program bin/true
    exited restart 2
service deaf
    program bin/false
    offers
    exited restart 5
service client
    program bin/ls
    grant console connect console
    grant files connect deaf
    grant log system write_log
    exited poweroff
""")


def wrong_line() -> pathlib.Path:
    return with_table("wrong-line", CONSOLE + "    grant more magic\n")


def with_mounts() -> pathlib.Path:
    """A table of what is mounted at the start, with a mistake and disks that are not there."""
    return with_table("with-mounts", """# DISK PATH TYPE OPTION
fat     /data      fat32  # the first
spare   /data/safe ext4   ro
nothing here
gone    /gone      auto   optional
lost    /lost      auto
blank   /mnt       ext4   optional
spare   /home      auto
""", "sys/mounted")


def with_example() -> pathlib.Path:
    """The driver of docs/devices.md, and no other."""
    return with_table("with-example", """
driver edu
    program test/edu
    match device 1234:11e8
    restart 5
""", "sys/drivers")
