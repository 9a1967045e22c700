"""A running machine: its two serial ports and QEMU's monitor, each a socket that we hold the other end of."""
from __future__ import annotations

import contextlib
import json
import math
import re
import selectors
import signal
import socket
import subprocess
import time
from typing import Optional, Union

from . import Failure
from .qemu import Machine

DEAD = re.compile(rb"^pith-loader: [^\n]*\n|^the system is halted", re.MULTILINE)  # said on COM2 when nothing more will come

PATIENCE = 5.0  # seconds for QEMU to end after the machine has


class EmulatorCrash(Failure):
    """QEMU itself has crashed: that says nothing about the system in it."""


class Guest:
    """`console` is what came over COM1, `log` over COM2. Nothing arrives but while one of the waits runs."""

    def __init__(self, command: list[str]):
        self.console = bytearray()
        self.log = bytearray()
        self.events: list[dict] = []
        self._monitor_text = bytearray()
        self._again: Optional[tuple[bytes, float]] = None  # what the monitor is told, and how often
        self._due = 0.0
        self._ends_by = math.inf  # when QEMU has to be gone, once the machine has ended
        self._unsent = b""
        self._said = b""
        self._told_to_end = False
        self._open: dict[socket.socket, bytearray] = {}
        self._selector = selectors.DefaultSelector()
        theirs = []
        arguments = []
        for name, buffer in (("com1", self.console), ("com2", self.log), ("monitor", self._monitor_text)):
            mine, other = socket.socketpair()
            other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)  # every byte counts as a packet
            mine.setblocking(False)
            self._open[mine] = buffer
            self._selector.register(mine, selectors.EVENT_READ)
            theirs.append(other)
            arguments += ["-chardev", f"socket,id={name},fd={other.fileno()}"]
            setattr(self, f"_{name}", mine)
        arguments += ["-serial", "chardev:com1", "-serial", "chardev:com2", "-mon", "chardev=monitor,mode=control"]
        try:
            self._process = subprocess.Popen([*command, *arguments], stdin=subprocess.DEVNULL,
                                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                             pass_fds=[other.fileno() for other in theirs])
        except OSError as error:
            raise Failure(f"{command[0]}: {error.strerror}")
        finally:
            for other in theirs:
                other.close()
        self._monitor.send(b'{"execute":"qmp_capabilities"}\n')

    @classmethod
    def start(cls, machine: Machine) -> "Guest":
        machine.check()
        return cls(machine.command())

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def ended(self) -> bool:
        """QEMU has gone, or was to go when the machine ended and has not: rarely, QEMU 7.2 hangs at its end."""
        return not self._open or time.monotonic() >= self._ends_by

    @property
    def hangs(self) -> bool:
        """The machine has ended, and QEMU did not."""
        return bool(self._open) and self.ended

    @property
    def dead(self) -> bool:
        """Loader or kernel has said that it cannot go on."""
        return DEAD.search(self.log) is not None

    @property
    def end_reason(self) -> Optional[str]:
        """Why the guest ended QEMU: guest-shutdown, guest-reset, guest-panic; None if it did not."""
        reasons = [e["data"]["reason"] for e in self.events if e.get("event") == "SHUTDOWN"]
        return reasons[0] if reasons and reasons[0].startswith("guest") else None

    def send(self, data: bytes) -> None:
        """To COM1; goes out while a wait runs, as fast as the guest takes it."""
        self._unsent += data
        if self._com1 in self._open:
            self._selector.modify(self._com1, selectors.EVENT_READ | selectors.EVENT_WRITE)

    def command(self, name: str, deadline: float, **arguments: object) -> bool:
        """A command to QEMU's monitor; true if it was carried out."""
        before = sum("return" in e or "error" in e for e in self.events)
        self._monitor.send(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while not self.ended and time.monotonic() < deadline:
            answers = [e for e in self.events if "return" in e or "error" in e]
            if len(answers) > max(before, 1):  # the first one answers the greeting
                return "return" in answers[-1]
            self.pump(deadline)
        return False

    def tell_again(self, seconds: float, name: str, **arguments: object) -> None:
        """From now on the monitor is told this, each time so many seconds after it has answered, while one of the waits runs:
        a machine that is short of time has as much of it between two as any other."""
        self._again = json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n", seconds

    def pump(self, deadline: float) -> None:
        """Waits for anything to happen, until the deadline at most."""
        if self._again and self._monitor in self._open:
            text, seconds = self._again
            if time.monotonic() >= self._due:
                with contextlib.suppress(OSError):
                    self._monitor.send(text)
                self._due = time.monotonic() + 1.0  # should it never answer
            deadline = min(deadline, self._due)
        deadline = min(deadline, self._ends_by)
        for key, ready in self._selector.select(max(0.0, deadline - time.monotonic())):
            port = key.fileobj
            assert isinstance(port, socket.socket)
            if ready & selectors.EVENT_WRITE:
                self._write(port)
            if ready & selectors.EVENT_READ:
                self._read(port)

    def _write(self, port: socket.socket) -> None:
        try:
            self._unsent = self._unsent[port.send(self._unsent):]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent = b""
        if not self._unsent:
            self._selector.modify(port, selectors.EVENT_READ)

    def _read(self, port: socket.socket) -> None:
        try:
            data = port.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(port)
            del self._open[port]
            return
        self._open[port] += data
        if port is self._monitor:
            *lines, rest = bytes(self._monitor_text).split(b"\n")
            self._monitor_text[:] = rest
            said = [json.loads(line) for line in lines if line.strip()]
            self.events += said
            if self.end_reason and self._ends_by == math.inf:
                self._again = None
                self._ends_by = time.monotonic() + PATIENCE
            if self._again and any("return" in event or "error" in event for event in said):
                self._due = time.monotonic() + self._again[1]

    def wait_for(self, pattern: Union[str, bytes], deadline: float, buffer: Optional[bytearray] = None,
                 start: int = 0) -> Optional[re.Match]:
        """The first match in `buffer` (the log if none is named) from `start` on; None if it cannot come."""
        where = self.log if buffer is None else buffer
        expression = re.compile(pattern.encode() if isinstance(pattern, str) else pattern, re.MULTILINE)
        while True:
            match = expression.search(bytes(where), start)
            if match or self.ended or self.dead or time.monotonic() >= deadline:
                return match
            self.pump(deadline)

    def wait_end(self, deadline: float) -> bool:
        """True if the machine has ended by itself in time."""
        while not self.ended and not self.dead and time.monotonic() < deadline:
            self.pump(deadline)
        return self.ended

    def settle(self, seconds: float = 0.3) -> None:
        """Takes in what was said last, after the line that ended a wait."""
        deadline = time.monotonic() + seconds
        while not self.ended and time.monotonic() < deadline:
            self.pump(deadline)

    def kill(self) -> None:
        """Ends QEMU at once, as a power cut would end the machine."""
        self._told_to_end = True
        self._process.kill()

    def stop(self) -> str:
        """Ends QEMU if it still runs; returns what QEMU itself had to say."""
        if self._open and self._process.poll() is None:
            self._told_to_end = True
            self._process.terminate()
        if self._process.stdout and not self._process.stdout.closed:
            try:
                self._said, _ = self._process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                self._told_to_end = True
                self._process.kill()
                self._said, _ = self._process.communicate()
        for port in list(self._open):
            self._selector.unregister(port)
            port.close()
        self._open.clear()
        return self._said.decode(errors="replace").strip()

    def check_emulator(self) -> None:
        """For who has stopped it: raises EmulatorCrash if a signal that was not ours has ended QEMU."""
        code = self._process.returncode
        if self._told_to_end or code is None or code >= 0:
            return
        said = self._said.decode(errors="replace").strip().splitlines()
        raise EmulatorCrash(f"QEMU itself crashed, by {signal.Signals(-code).name}{': ' + said[-1] if said else ''}", 125)
