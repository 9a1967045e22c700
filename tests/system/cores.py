"""Tests of several cores."""
from __future__ import annotations

import re

import repacked
from case import Case, Outcome
from pithlib import build


def judge_stress(outcome: Outcome) -> str:
    """The long run went on to its end, and all memory is back."""
    rounds = re.findall(r"^PASS stress for \d+ s on \d+ cores: (\d+) rounds$", outcome.output, re.MULTILINE)
    used = re.findall(r"(\d+) KiB used", outcome.output)
    outcome.note = f"{rounds[-1] if rounds else 0} rounds"
    if len(rounds) != 2 or int(rounds[1]) < 100:
        return f"not two runs, or hardly any rounds: {rounds}"
    return "" if len(used) == 2 and used[0] == used[1] else f"KiB used before and after: {used}"


def stress(name: str, seconds: int, seed: int = 1, checked: bool = False, **on: object) -> Case:
    return Case(name=f"cores.{name}", on=on, initrd=repacked.with_checked_kernel if checked else build.INITRD,
                timeout=seconds * 2 + 300, judge=judge_stress, status=0, ends="guest-shutdown", never=[r"^FAIL .*"],
                # The first run makes the servers take what they will keep.
                input=["/test/stresstest 1", "mem -w", f"/test/stresstest {seconds} {seed}", "mem -w", "true"])


def judge_fast(outcome: Outcome) -> str:
    """Of the messages of a session of ordinary work, at most one in twenty is slow."""
    counts = [(int(fast), int(slow)) for fast, slow in re.findall(r"^messages: (\d+) fast, (\d+) slow$", outcome.output, re.MULTILINE)]
    if len(counts) != 2:
        return f"mem did not tell twice: {counts}"
    fast, slow = counts[1][0] - counts[0][0], counts[1][1] - counts[0][1]
    share = 100 * fast / max(fast + slow, 1)
    outcome.note = f"{share:.1f} % of {fast + slow} messages took the fast path; since boot {counts[1][0]} fast, {counts[1][1]} slow"
    return "" if share >= 95 and fast > 1000 else outcome.note


# Files, pipes, the console: what people do, with servers that hold I/O ports and use vector registers.
WORK = ["ls -l /bin", "cat /sys/services", "cat /sys/services | grep grant | wc -l", "cp /bin/shell /tmp/s", "cmp /bin/shell /tmp/s",
        "hexdump /sys/services | head -n 20", "mkdir /tmp/d", "cp -r /sys /tmp/d", "find /tmp/d", "du /tmp/d", "rm -r /tmp/d",
        "ps", "df", "echo a > /tmp/f; echo b >> /tmp/f; cat /tmp/f", "tail -n 3 /sys/services", "wc /bin/ls", "stat /bin/ls",
        "cat /bin/ls | tee /tmp/t | wc -c", "cat < /sys/services > /tmp/u", "touch /tmp/v; mv /tmp/v /tmp/w; rm /tmp/*"]


def mostly_fast(name: str, **on: object) -> Case:
    return Case(name=f"cores.{name}", on=on, timeout=120, judge=judge_fast, status=0, input=["mem", *WORK * 2, "mem"])
