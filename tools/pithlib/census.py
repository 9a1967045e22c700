"""What a path executes that is dear on silicon, told from outside: QEMU runs one instruction at a time and notes each of
some addresses that it comes by, which are those of the kernel's dear instructions and of the benchmark's stamps."""
from __future__ import annotations

import collections
import dataclasses
import pathlib
import re
import subprocess
from typing import Iterable, Iterator, Optional

from . import BUILD, Failure
from .guest import Guest
from .packages import LLVM
from .qemu import Machine

# How each is written by llvm-objdump. An exchange with memory is locked whether it says so or not (SDM vol. 3, 9.1.2).
KINDS = {
    "cr3": re.compile(r"mov\w*\s.*, %cr3$"),
    "wrmsr": re.compile(r"wrmsr"),
    "locked": re.compile(r"lock\b|xchg\w*\s.*\("),
    "saves": re.compile(r"(xsave|fxsave)"),
    "restores": re.compile(r"(xrstor|fxrstor)"),
}
OPENS, CLOSES, ROW_DONE = "bench_opens_", "bench_closes_", "bench_row_done"
STEPS = 8  # of ROW_DONE, a byte each, one after the other: an address alone could be another program's
_INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\S.*)$")
_EXECUTED = re.compile(r"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")

Counts = collections.Counter  # of KINDS


def _told_by(tool: str, *arguments: str) -> list[str]:
    done = subprocess.run([f"{LLVM}/bin/{tool}", *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Failure(f"{tool} cannot read {arguments[-1]}")
    return done.stdout.splitlines()


def kind_of(instruction: str) -> Optional[str]:
    return next((kind for kind, pattern in KINDS.items() if pattern.match(instruction)), None)


def dear_instructions(kernel: pathlib.Path) -> dict[int, str]:
    """Where the kernel has each, and of which kind it is."""
    lines = _told_by("llvm-objdump", "-d", "--no-show-raw-insn", str(kernel))
    found = {int(match[1], 16): kind_of(match[2]) for match in map(_INSTRUCTION.match, lines) if match}
    return {address: kind for address, kind in found.items() if kind}


def stamps(program: pathlib.Path) -> dict[int, set[str]]:
    """Where the benchmark opens and closes what it measures, and where it is done with a row."""
    found: dict[int, set[str]] = {}
    for address, _, name in (line.split() for line in _told_by("llvm-nm", str(program))):
        for what in (OPENS, CLOSES, ROW_DONE):
            if name.startswith(what):
                for step in range(STEPS if what == ROW_DONE else 1):
                    found.setdefault(int(address, 16) + step, set()).add(what)
    return found


def follow(executed: Iterable[int], dear: dict[int, str], at_stamps: dict[int, set[str]]) -> Iterator[list[Counts]]:
    """For each row, in the order in which they were printed: what lay between its stamps, each time."""
    windows: list[Counts] = []
    window = None
    steps, last = 0, 0
    for address in executed:
        steps, last = (steps + 1 if address == last + 1 else 1), address
        stamp = at_stamps.get(address)
        if stamp is None:
            if window is not None:
                window[dear[address]] += 1
            continue
        if CLOSES in stamp and window is not None:
            if window:  # else another program's, at the same addresses: every path takes the kernel's lock
                windows.append(window)
            window = None
        if OPENS in stamp:
            window = Counts()
        if ROW_DONE in stamp and steps == STEPS:
            yield windows
            windows, window = [], None


@dataclasses.dataclass(frozen=True)
class Census:
    """One run of a machine that is watched from some moment on."""
    kernel: pathlib.Path
    program: pathlib.Path
    log: pathlib.Path = BUILD / "census.log"

    def watched(self, machine: Machine) -> Machine:
        self.log.unlink(missing_ok=True)
        addresses = ",".join(f"{address:#x}+1" for address in (*dear_instructions(self.kernel), *stamps(self.program)))
        return dataclasses.replace(machine, extra=[*machine.extra, "-dfilter", addresses, "-D", str(self.log)])

    @staticmethod
    def begin(guest: Guest, deadline: float) -> None:
        """What it has executed until now was not looked at, which is many times as fast."""
        for command in ("singlestep on", "log exec,nochain"):
            if not guest.command("human-monitor-command", deadline, **{"command-line": command}):
                raise Failure(f"QEMU does not take the command {command}")

    def rows(self) -> list[list[Counts]]:
        """After that run."""
        with open(self.log, encoding="ascii") as log:
            executed = (int(match[1], 16) for match in map(_EXECUTED.match, log) if match)
            return list(follow(executed, dear_instructions(self.kernel), stamps(self.program)))
