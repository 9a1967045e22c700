"""Benchmarks: programs of the shipped image that print rows, set beside what is required and what peers reach."""
from __future__ import annotations

import dataclasses
import json
import pathlib
import random
import statistics
import time
from typing import Iterable, Optional

from . import BUILD, Failure, build, census, debugger, disk, packages, stretches, tables
from .guest import Guest
from .qemu import Machine
from .session import BOOT_SECONDS, READY, Script

LIMIT = 900.0  # seconds; a watched machine is slow


@dataclasses.dataclass(frozen=True)
class Target:
    """What a path may cost, in instructions. Peers were built and measured the same way."""
    row: str
    text: str
    required: Optional[int] = None
    aim: Optional[int] = None
    peers: str = ""
    same_as: Optional[str] = None  # a row that it does not differ from: it takes the same path
    worst: bool = False  # what is required holds for the longest run, not for the middle one


KERNEL = [
    Target("round-trip-10-words", "call and reply, other address space, 10 words", 190, 150, "seL4 403, NOVA 257"),
    Target("round-trip-64-words", "the same with 64 words", 350, 290),
    Target("call", "call, one way", 95, 75, "seL4 188, NOVA 146"),
    Target("reply-and-receive", "reply and receive, one way", 95, 75, "seL4 215, NOVA 111"),
    Target("call-64-words", "call with 64 words, one way", 175, 145),
    Target("reply-64-words", "reply with 64 words, one way"),
    Target("round-trip-server-with-sse", "the same with 10 words: server uses SSE", 190, 150, same_as="round-trip-10-words"),
    Target("round-trip-10-clients", "... ten others call the same server, and are ready", 190, 150),
    Target("round-trip-equals-ready", "... two of the same priority are ready", 190, 150),
    Target("round-trip-10-servers", "... ten servers wait", 190, 150, same_as="round-trip-10-words"),
    Target("round-trip-bound-and-others-ready", "... notification bound, another thread ready", 190, 150, same_as="round-trip-10-words"),
    Target("round-trip-10000-handles", "... by one of 10,000 handles", 190, 150, same_as="round-trip-10-words"),
    Target("call-passing-a-handle", "call that passes a handle, one way", 400, 250),
    Target("null-call", "a system call that does nothing", 45, 30, "seL4 89, Linux 307"),
    Target("clock-read", "read the clock"),
    Target("yield-alone", "yield, nobody else ready"),
    Target("signal-without-waiter", "notification that does not switch", 120, 80, "seL4 373"),
    Target("signal-that-switches", "notification that switches", 250, 180, "seL4 533, Linux 8,650"),
    Target("signal-that-wakes", "... that makes one of lower priority ready"),
    Target("fault-to-handler", "fault, to its handler in another process", 300, 200, "seL4 627"),
    Target("fault-and-back", "fault, to its handler, and back", 600, 400, "seL4 1,347, Linux 2,700"),
    Target("foreign-call-and-back", "foreign system call, to its handler, and back", 700, 450),
    Target("queue-send-10-words", "send 10 words to a queue"),
    Target("queue-receive-10-words", "receive 10 words from a queue"),
    Target("timer-set", "set a timer that is set"),
    Target("map-page-new-table", "map one page, with a new leaf table"),
    Target("map-page", "map one page", 400, 250, "seL4 759"),
    Target("map-page-among-4000", "the same among 4,000 mappings"),
    Target("unmap-page", "unmap one page", 400, 250, "seL4 763"),
    Target("protect-page", "protect one page", 400, 250, "seL4 760, Linux 2,875"),
    Target("map-large-page", "map and unmap 2 MiB by a large page"),
    Target("map-512-pages", "... by 512 pages"),
    Target("memory-page", "create, map, write, unmap, free: a page of 32", 2000, 1200, "Linux 19,100"),
    Target("thread-life", "thread: create, run, exit, join", 6000, 3000, "Linux 49,200"),
    Target("process-life", "process: create, load, run, exit, wait", 120_000, 60_000, "Linux 210,000"),
]

def _late(row: str, text: str) -> Target:
    return Target(row, text, stretches.LONGEST, worst=True)


# How late somebody goes on who waits for a point in time, while others make the longest calls.
LATENCY = [
    Target("latency-idle", "wake-up from a deadline, others compute"),
    _late("latency-objects", "... make and close objects"),
    _late("latency-map", "... map and unmap 4 MiB"),
    _late("latency-protect", "... protect 4 MiB"),
    _late("latency-memory", "... make and close 1 MiB of memory"),
    _late("latency-revoke", "... revoke 400 copies"),
    _late("latency-process", "... end processes with 400 handles"),
    _late("latency-threads", "... end processes with 60 threads"),
    _late("latency-nested", "... close 60 budgets within one another"),
    _late("latency-budget", "... end a budget with all that it paid for"),
    _late("latency-table", "... end processes with 3,840 handles"),
    _late("latency-queue", "... close queues with 256 handles in them"),
    _late("latency-waiters", "... close what 60 threads wait for"),
    _late("latency-receivers", "... revoke 60 rights to receive among 300 threads"),
]

# What takes a device whose interrupts a program can raise, and much memory.
MACHINE = [
    Target("interrupt-to-driver", "a device's message to the driver that waits", 234, 180, "seL4 234", worst=True),
    Target("round-trip-ports-both", "round trip, client and server have I/O ports", 190, 150),
    Target("round-trip-noted", "... while the kernel notes what it does"),
    Target("round-trip-among-10000", "round trip among 10,000 threads and endpoints", 190, 150, same_as="round-trip-ports-both"),
    Target("signal-among-10000", "notification that switches, among as many", 250, 180),
    Target("list-1000-threads", "list a process of 1,000 threads", stretches.LONGEST),
    Target("none-of-1000-threads", "look for a thread that it has not", stretches.LONGEST),
    Target("watch-1000-threads", "have its faults handled", stretches.LONGEST),
    Target("system-of-10000-threads", "tell of the system, 10,000 threads"),
]

# Files in memory; and on a disk, instructions for each KiB of 16 MiB.
FILES = [
    Target("open-read-close", "open, read 100 bytes, close", 5000, 3000, "Linux 7,199"),
    Target("read-4096", "read 4 KiB of an open file", 1500, 900, "Linux 1,839"),
    Target("stat", "stat", 2500, 1500, "Linux 3,562"),
    Target("create-close-unlink", "create, close, unlink", 15_000, 8000, "Linux 25,800"),
]


def _on_disk(bus: str, required: bool) -> list[Target]:
    rows = [("read-cold", "read 16 MiB, per KiB", 900, 500, "Linux 1,020"),
            ("read-again", "read it again, from memory, per KiB", 391, 300, "Linux 391"),
            ("write-and-sync", "write 16 MiB and sync, per KiB", 4000, 2000, "Linux 4,530")]
    return [Target(f"{bus}-{row}", f"{bus}: {text}", must if required else None, aim if required else None, peers if required else "")
            for row, text, must, aim, peers in rows]


@dataclasses.dataclass(frozen=True)
class Program:
    """What prints rows."""
    path: str
    targets: list[Target]
    watched: bool = False  # what its paths execute is counted, too
    in_place_of_the_shell: bool = False
    bus: Optional[str] = None  # of the disk that it is told to use

    @property
    def command(self) -> str:
        return f"{self.path} {self.bus}" if self.bus else self.path

    def machine(self, machine: Machine) -> Machine:
        machine = dataclasses.replace(machine, icount=True, environment={"terminal": "plain", **machine.environment})
        if self.bus:
            machine = dataclasses.replace(machine, disk=_disk_to_read(), disk_bus=self.bus)
        if self.in_place_of_the_shell:
            machine = dataclasses.replace(machine, initrd=tables.machine_benchmark(),
                                          extra=[*machine.extra, "-device", "edu"])
        return machine

    @property
    def file(self) -> pathlib.Path:
        """As linked, with its symbols."""
        return build.SYSTEM / "tests" / self.path.strip("/").replace("bench/", "bench/bench_")


SUITES = {
    "kernel": [Program("/bench/kernel", KERNEL, watched=True),
               Program("/bench/machine", MACHINE, watched=True, in_place_of_the_shell=True),
               Program("/bench/latency", LATENCY)],
    "latency": [Program("/bench/latency", LATENCY)],
    "files": [Program("/bench/files", FILES),
              *(Program("/bench/files", _on_disk(bus, bus == "virtio"), bus=bus) for bus in ("virtio", "ahci", "nvme"))],
}


def _disk_to_read() -> pathlib.Path:
    """A new disk, with files that the host wrote: `cold-0` to `cold-4`."""
    packages.require(packages.DISK_PACKAGES)
    path = BUILD / "bench.disk"
    disk.create(path)
    content = random.Random(1).randbytes(16 << 20)
    for number in range(5):
        disk.put(path, f"cold-{number}", content)
    return path


@dataclasses.dataclass(frozen=True)
class Row:
    low: int
    median: int
    high: int
    runs: int = 1  # of the path, between two stamps
    counts: Optional[dict[str, float]] = None  # by census.KINDS, of one run


def rows_in(lines: Iterable[list[str]]) -> dict[str, Row]:
    """Of what a benchmark has printed, in words."""
    return {line[1]: Row(*map(int, line[2:])) for line in lines if line[:1] == ["row"]}


def _output(machine: Machine, program: str, watch: Optional[census.Census] = None) -> list[list[str]]:
    output = bytearray()
    with Guest.start(watch.watched(machine) if watch else machine) as guest:
        try:
            if watch and guest.wait_for(READY, time.monotonic() + BOOT_SECONDS):
                watch.begin(guest, time.monotonic() + BOOT_SECONDS)
            status = Script(guest, time.monotonic() + LIMIT, output.extend).run(iter([f"{program}\n".encode()]))
        finally:
            guest.stop()
    lines = [line.split() for line in output.decode(errors="replace").splitlines()]
    failed = [line[1] for line in lines if line[:1] == ["failed"]]
    if status != 0 or failed:
        raise Failure(f"{program} failed ({', '.join(failed) or f'status {status}'})")
    return [line for line in lines if line[:1] == ["row"]]


def _rows(machine: Machine, program: Program) -> dict[str, Row]:
    machine = program.machine(machine)
    if not program.watched:
        return rows_in(_output(machine, program.command))
    watch = census.Census(debugger.KERNEL, program.file)
    lines = _output(machine, program.command, watch)
    windows = watch.rows()
    if len(windows) != len(lines):
        raise Failure(f"{program.path} printed {len(lines)} rows, and was done with {len(windows)}")
    rows = {}
    for line, seen in zip(lines, windows):
        row = Row(*map(int, line[2:]))
        counts = {kind: statistics.median(window[kind] for window in seen) / row.runs for kind in census.KINDS}
        rows[line[1]] = dataclasses.replace(row, counts=counts)
    return rows


def complaints(targets: list[Target], rows: dict[str, Row]) -> list[str]:
    """What costs more than is required, or has not taken the path that it should. A run now and then has a turn's end in it, or
    somebody else's deadline."""
    found = []
    for target in targets:
        if target.row not in rows:
            found.append(f"there is no row {target.row}")
            continue
        cost = rows[target.row].high if target.worst else rows[target.row].median
        if target.required is not None and cost > target.required:
            found.append(f"{target.row} takes {cost:,}, of which {target.required:,} are allowed")
        if target.same_as in rows and cost != rows[target.same_as].median:
            found.append(f"{target.row} takes {cost:,}, but {target.same_as} {rows[target.same_as].median:,}")
    return found


def _number(value: Optional[float]) -> str:
    return "-" if value is None else f"{value:,.1f}".removesuffix(".0")


def _line(target: Target, row: Row) -> str:
    counts = [f"{_number(row.counts[kind]):>{len(kind) + 1}}" for kind in census.KINDS] if row.counts else []
    return (f"{target.text:48} {row.low:7,} {row.median:7,} {row.high:7,} {_number(target.required):>9} "
            f"{_number(target.aim):>7}{''.join(counts)}  {target.peers}").rstrip()


def run(suite: str, machine: Machine, destination: Optional[str]) -> int:
    if suite == "cores":
        return stretches.run(machine, destination)
    if suite not in SUITES:
        raise Failure(f"no benchmark {suite} (there is: {', '.join([*SUITES, 'cores'])})", 2)
    programs = SUITES[suite]
    print(f"instructions, -cpu {machine.cpu}")
    kinds = "".join(f" {kind}" for kind in census.KINDS) if programs[0].watched else ""
    print(f"{'':48} {'min':>7} {'median':>7} {'max':>7} {'required':>9} {'aim':>7}{kinds}  peers")
    record = {}
    found: list[str] = []
    for program in programs:
        rows = _rows(machine, program)
        for target in program.targets:
            if target.row not in rows:
                raise Failure(f"{program.path} did not print the row {target.row}")
            print(_line(target, rows[target.row]))
        found += complaints(program.targets, rows)
        record |= {name: {"min": row.low, "median": row.median, "max": row.high, **(row.counts or {})}
                   for name, row in rows.items()}
    if destination:
        pathlib.Path(destination).write_text(json.dumps({"cpu": machine.cpu, "rows": record}, indent=1) + "\n")
    for line in found:
        print(line)
    return 1 if found else 0
