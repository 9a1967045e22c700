"""QEMU that waits, and gdb that stops it at the kernel's first instruction."""
from __future__ import annotations

import os
import subprocess
import tempfile

from . import BUILD, ROOT, build
from .qemu import Machine, kernel_log

# As linked, debug information and all; the archive's copy has less.
KERNEL = build.SYSTEM / "sys/core"


def run(machine: Machine) -> int:
    with tempfile.TemporaryDirectory() as folder:
        port = os.path.join(folder, "gdb")
        console = BUILD / "console.log"
        command = [*machine.command(), "-S", "-chardev", f"socket,path={port},server=on,wait=off,id=gdb",
                   "-gdb", "chardev:gdb", "-serial", f"file:{console}", "-serial", f"file:{kernel_log()}"]
        # A session of its own: Ctrl-C at gdb's prompt is for the guest, not for QEMU.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            print(f"COM1 goes to {console}, the kernel log to {kernel_log()}")
            return subprocess.run(["gdb", "--quiet", "-ex", "set confirm off", "-ex", "set pagination off",
                                   # The sources' names in the program are relative to these.
                                   "-ex", f"directory {ROOT}:{build.SYSTEM}", "-ex", f"target remote {port}", "-ex", "hbreak _start", "-ex", "continue",
                                   str(KERNEL)], check=False).returncode
        finally:
            process.kill()
            process.wait()
