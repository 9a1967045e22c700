"""How somebody uses the machine: at a terminal, or with input that comes through a pipe."""
from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import selectors
import subprocess
import sys
import termios
import time
from typing import BinaryIO, Callable, Iterator, Optional, TextIO

from . import Failure
from .guest import Guest
from .qemu import Machine, kernel_log

READY = r"console: ready"
STATUS = re.compile(rb"init: shell ended with status (\d+)")
REBOOT = re.compile(rb"info power: reboot\b")
BOOT_SECONDS = 120.0  # with no --timeout: how long a machine may take until it listens
TIMED_OUT = 124
NO_STATUS = 125


def shell_status(log: bytes) -> Optional[int]:
    found = STATUS.findall(log)
    return int(found[-1]) & 0xFF if found else None


def interactive(machine: Machine, timeout: Optional[float]) -> int:
    """COM1 is the terminal, Ctrl-A X leaves; the kernel log goes to a file."""
    machine.check()
    log = kernel_log()
    command = [*machine.command(), "-serial", "mon:stdio", "-serial", f"file:{log}"]
    with _terminal_restored():
        process = subprocess.Popen(command)
        try:
            ended = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure(f"ended after {timeout:g} seconds", TIMED_OUT) from None
        except KeyboardInterrupt:
            process.terminate()
            return process.wait()
    if ended:
        raise Failure(f"QEMU ended with status {ended}", NO_STATUS)
    status = shell_status(log.read_bytes()) if log.exists() else None
    return status or 0


@contextlib.contextmanager
def _terminal_restored() -> Iterator[None]:
    before = termios.tcgetattr(0) if os.isatty(0) else None
    try:
        yield
    finally:
        if before:
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def last_lines(text: bytes, count: int = 12) -> str:
    lines = [line.rstrip() for line in text.decode(errors="replace").splitlines() if line.strip()]
    return "\n".join("    " + line for line in lines[-count:])


class Script:
    """Feeds lines to the shell and passes on what it answers, nothing else."""

    def __init__(self, guest: Guest, deadline: Optional[float], output: Callable[[bytes], object]):
        self.guest = guest
        self.deadline = deadline
        self.output = output
        self._shown = 0

    def run(self, source: Iterator[bytes]) -> int:
        boot = time.monotonic() + BOOT_SECONDS
        limit = min(boot, self.deadline) if self.deadline else boot
        if not self.guest.wait_for(READY, limit):
            return self._failed("the system did not come up", limit)
        # Whatever COM1 carried until now was the loader's and the kernel's.
        self._shown = len(self.guest.console)
        last = b"\n"
        for data in source:
            if self.guest.ended or self.guest.dead or self._late():
                break
            self._feed(data)
            last = data or last
        # The end of input counts only at the start of a line.
        self._feed((b"" if last.endswith(b"\n") else b"\n") + b"\x04")
        while not self.guest.ended and not self.guest.dead and not self._late():
            self.guest.pump(self._until())
            self._pass_on()
        self._pass_on()
        status = shell_status(bytes(self.guest.log))
        if status is not None and self.guest.ended:
            return status
        if self.guest.end_reason == "guest-shutdown":  # by a command that turns the machine off
            return 0
        if self.guest.end_reason == "guest-reset" and REBOOT.search(self.guest.log):  # and no triple fault
            return 0
        return self._failed("the machine ended before the shell did", self.deadline)

    def _feed(self, data: bytes) -> None:
        self.guest.send(data)
        self.guest.pump(time.monotonic())
        self._pass_on()

    def _late(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline

    def _until(self) -> float:
        return self.deadline if self.deadline is not None else time.monotonic() + 60

    def _pass_on(self) -> None:
        if len(self.guest.console) > self._shown:
            self.output(bytes(self.guest.console[self._shown:]))
            self._shown = len(self.guest.console)

    def _failed(self, what: str, limit: Optional[float]) -> int:
        if not self.guest.ended and not self.guest.dead and limit and time.monotonic() >= limit:
            raise Failure(f"{what} in time; the last lines of the kernel log:\n"
                          f"{last_lines(bytes(self.guest.log))}", TIMED_OUT)
        self.guest.settle()
        said = self.guest.stop()
        self.guest.check_emulator()
        log = last_lines(bytes(self.guest.log)) or last_lines(said.encode()) or "    (none)"
        raise Failure(f"{what}; the last lines of the kernel log:\n{log}", NO_STATUS)


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    """What is there, as it comes: a slow writer's lines are run before the next ones are typed."""
    selector = selectors.DefaultSelector()
    try:
        selector.register(source, selectors.EVENT_READ)
    except PermissionError:  # a regular file is always ready
        selector = None
    while True:
        if selector and not selector.select(0.05):
            yield b""
            continue
        data = os.read(source.fileno(), 1 << 16)
        if not data:
            return
        yield data


def piped(machine: Machine, timeout: Optional[float], source: Optional[TextIO]) -> int:
    """Standard input goes to the shell, the shell's output to standard output; returns its last status."""
    machine = dataclasses.replace(machine, environment={"terminal": "plain", **machine.environment})
    deadline = time.monotonic() + timeout if timeout else None

    def output(data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    with Guest.start(machine) as guest:
        try:
            return Script(guest, deadline, output).run(_chunks(source.buffer) if source else iter([]))
        finally:
            guest.stop()
            kernel_log().write_bytes(bytes(guest.log))
