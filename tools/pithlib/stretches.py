"""`./pith bench cores`: how long the kernel keeps a core and its lock, and how long cores wait for that, on a kernel that notes
it (tests/measured)."""
from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import sys
import time
from typing import Optional

from . import ROOT, Failure
from .guest import Guest
from .qemu import Machine
from .session import Script

# What the longest calls are made of.
LONG = ["/bench/latency", "/test/attack processes.", "/test/attack handles.", "/test/attack memory.", "/test/attack debug.",
        "/test/eventtest", "/test/memtest", "captest", "/test/fuzz 100000"]
# What keeps all cores in the kernel.
TOGETHER = ["/test/stresstest 10"]
CORES = 4
LONGEST = 20_000  # instructions with interrupts off
LIMIT = 1800.0


@dataclasses.dataclass(frozen=True)
class Lock:
    waits: int
    waited: int  # ticks, as those that follow
    longest_wait: int


def rows_of(log: str) -> dict[str, tuple[int, int]]:
    """What the log says of each call: the longest that it has kept the core, and how often it was made."""
    rows = re.findall(r"measured: row (\w+) (\d+) (\d+)", log)
    return {name: (int(longest), int(count)) for name, longest, count in rows if count != "0"}


def lock_of(log: str) -> Lock:
    match = re.search(r"measured: lock (\d+) (\d+) (\d+)", log)
    if not match:
        raise Failure("the measured kernel said nothing")
    return Lock(*map(int, match.groups()))


def _log(machine: Machine, lines: list[str]) -> str:
    sys.path.insert(0, str(ROOT / "tests/system"))
    import repacked
    machine = dataclasses.replace(machine, initrd=repacked.with_measured_kernel(),
                                  environment={"terminal": "plain", **machine.environment})
    with Guest.start(machine) as guest:
        status = Script(guest, time.monotonic() + LIMIT, lambda _: None).run(iter([f"{line}\n".encode() for line in lines]))
        if status:
            raise Failure(f"{lines[-1]} ended with status {status}")
        return guest.log.decode(errors="replace")


def run(machine: Machine, destination: Optional[str]) -> int:
    rows = rows_of(_log(dataclasses.replace(machine, icount=True), LONG))
    print(f"longest stretch with interrupts off, in instructions, -cpu {machine.cpu}; on N cores the lock is free after N-1 of them")
    print(f"{'':24} {'longest':>8} {f'wait, {CORES} cores':>14} {'times':>10} {'required':>9}")
    for name, (longest, count) in sorted(rows.items(), key=lambda row: -row[1][0]):
        print(f"{name:24} {longest:8,} {(CORES - 1) * longest:14,} {count:10,} {LONGEST:9,}{'  too long' * (longest > LONGEST)}")
    worst = max(longest for longest, _ in rows.values())
    print(f"the worst wait of {CORES} cores, all of which make the longest call: {CORES} x {worst:,} = {CORES * worst:,}")
    # Several cores' times are the host's: they tell something only beside each other.
    log = _log(dataclasses.replace(machine, cores=CORES), TOGETHER)
    lock, entries = lock_of(log), sum(count for _, count in rows_of(log).values())
    mean = lock.waited / max(lock.waits, 1)
    print(f"{CORES} cores that do nothing but enter the kernel: {lock.waits:,} waits for the lock in {entries:,} entries; "
          f"the longest is {lock.longest_wait / max(mean, 1):.0f} times the mean")
    if destination:
        record = {"cpu": machine.cpu, "rows": {name: {"longest": longest, "times": count} for name, (longest, count) in rows.items()},
                  "lock": dataclasses.asdict(lock)}
        pathlib.Path(destination).write_text(json.dumps(record, indent=1) + "\n")
    return 0
