"""Benchmarks: programs of the shipped image that print rows, set beside what is required and what peers reach."""
from __future__ import annotations

import dataclasses
import json
import pathlib
import time
from typing import Optional

from . import Failure
from .guest import Guest
from .qemu import Machine
from .session import Script

LIMIT = 120.0


@dataclasses.dataclass(frozen=True)
class Target:
    """What a path may cost, in instructions. Peers were built and measured the same way."""
    row: str
    text: str
    required: Optional[int] = None
    aim: Optional[int] = None
    peers: str = ""


KERNEL = [
    Target("round-trip-10-words", "call and reply, other address space, 10 words", 190, 150, "seL4 403, NOVA 257"),
    Target("round-trip-64-words", "the same with 64 words", 350, 290),
    Target("call", "call, one way", 95, 75, "seL4 188, NOVA 146"),
    Target("reply-and-receive", "reply and receive, one way", 95, 75, "seL4 215, NOVA 111"),
    Target("call-64-words", "call with 64 words, one way", 175, 145),
    Target("reply-64-words", "reply with 64 words, one way"),
    Target("round-trip-server-with-sse", "the same with 10 words: server uses SSE", 190, 150),
    Target("round-trip-equals-ready", "... nine of the same priority are ready", 190, 150),
    Target("round-trip-10-servers", "... ten servers wait", 190, 150),
    Target("round-trip-bound-and-others-ready", "... notification bound, another thread ready", 190, 150),
    Target("round-trip-10000-handles", "... by one of 10,000 handles", 190, 150),
    Target("call-passing-a-handle", "call that passes a handle, one way", 400, 250),
    Target("null-call", "a system call that does nothing", 45, 30, "seL4 89, Linux 307"),
    Target("clock-read", "read the clock"),
    Target("yield-alone", "yield, nobody else ready"),
    Target("signal-without-waiter", "notification that does not switch", 120, 80, "seL4 373"),
    Target("signal-that-switches", "notification that switches", 250, 180, "seL4 533, Linux 8,650"),
    Target("queue-send-receive-10-words", "send to a queue and receive, 10 words"),
    Target("timer-set", "set a timer that is set"),
    Target("map-page", "map one page", 400, 250, "seL4 759"),
    Target("map-page-among-4000", "the same among 4,000 mappings"),
    Target("unmap-page", "unmap one page", 400, 250, "seL4 763"),
    Target("protect-page", "protect one page", 400, 250, "seL4 760, Linux 2,875"),
    Target("memory-page", "create, map, write, unmap, free: a page of 32", 2000, 1200, "Linux 19,100"),
    Target("thread-life", "thread: create, run, exit, join", 6000, 3000, "Linux 49,200"),
    Target("process-life", "process: create, load, run, exit, wait", 120_000, 60_000, "Linux 210,000"),
]

# How late somebody goes on who waits for a point in time, while others make the longest calls.
LATENCY = [
    Target("latency-idle", "wake-up from a deadline, others compute"),
    Target("latency-objects", "... make and close objects", 20_000),
    Target("latency-map", "... map and unmap 4 MiB", 20_000),
    Target("latency-protect", "... protect 4 MiB", 20_000),
    Target("latency-memory", "... make and close 1 MiB of memory", 20_000),
    Target("latency-revoke", "... revoke 400 copies", 20_000),
    Target("latency-process", "... end processes with 400 handles", 20_000),
]

SUITES = {"kernel": ("/bench/kernel", KERNEL), "latency": ("/bench/latency", LATENCY)}


def _rows(machine: Machine, program: str) -> dict[str, list[int]]:
    output = bytearray()
    machine = dataclasses.replace(machine, icount=True, environment={"terminal": "plain", **machine.environment})
    with Guest.start(machine) as guest:
        try:
            status = Script(guest, time.monotonic() + LIMIT, output.extend).run(iter([f"{program}\n".encode()]))
        finally:
            guest.stop()
    lines = [line.split() for line in output.decode(errors="replace").splitlines()]
    failed = [line[1] for line in lines if line[:1] == ["failed"]]
    if status != 0 or failed:
        raise Failure(f"{program} failed ({', '.join(failed) or f'status {status}'})")
    return {line[1]: [int(word) for word in line[2:]] for line in lines if len(line) == 5 and line[0] == "row"}


def _number(value: Optional[int]) -> str:
    return "-" if value is None else f"{value:,}"


def run(suite: str, machine: Machine, destination: Optional[str]) -> int:
    if suite not in SUITES:
        raise Failure(f"no benchmark {suite} (there is: {', '.join(SUITES)})", 2)
    program, targets = SUITES[suite]
    rows = _rows(machine, program)
    print(f"instructions, -cpu {machine.cpu}")
    print(f"{'':48} {'min':>7} {'median':>7} {'max':>7} {'required':>9} {'aim':>5}  peers")
    for target in targets:
        if target.row not in rows:
            raise Failure(f"{program} did not print the row {target.row}")
        low, median, high = rows[target.row]
        print(f"{target.text:48} {low:7,} {median:7,} {high:7,} {_number(target.required):>9} "
              f"{_number(target.aim):>5}  {target.peers}".rstrip())
    if destination:
        record = {name: dict(zip(("min", "median", "max"), values)) for name, values in rows.items()}
        pathlib.Path(destination).write_text(json.dumps({"cpu": machine.cpu, "rows": record}, indent=1) + "\n")
    return 0
