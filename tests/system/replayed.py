"""What exploration on the host came to, done again on the machine."""
from __future__ import annotations

import re

import controls
import repacked
from case import Case, Outcome


def judge_replay(outcome: Outcome) -> str:
    agreed = re.search(r"^PASS (\d+) sequences of .*", outcome.output, re.MULTILINE)
    outcome.note = agreed[0].removeprefix("PASS ") if agreed else ""
    return "" if agreed and int(agreed[1]) >= 10_000 else "fewer than 10,000 sequences"


def replay() -> Case:
    """All that was recorded; and a record with one result altered, which it has to notice."""
    return Case(name="replay", on={"icount": True}, initrd=repacked.with_record, timeout=400, status=0, ends="guest-shutdown",
                input=["/test/replay", "/test/replay /test/wrong.record", "true"], judge=judge_replay,
                output=[r"^PASS \d+ sequences", r"^FAIL sequence \d+, step \d+: \w+ of thread \d .*instead of "])


def replay_on(one: controls.Control) -> Case:
    """On a kernel that does something else than the one that was explored."""
    return Case(name=f"control.{one.name}", on={"icount": True}, initrd=lambda: repacked.with_record(controls.kernel(one)),
                input=["/test/replay", "true"], timeout=300, fails=one.pattern(), later=not one.quick)
