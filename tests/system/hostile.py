"""Tests of what must not be possible: attacks, kernels that lack a check, interrupts at bad moments, calls by chance."""
from __future__ import annotations

import re

import controls
import repacked
from case import Case, Outcome


def judge_attacks(outcome: Outcome) -> str:
    """Every attack by its name; afterwards the machine has all its memory again."""
    passed = len(re.findall(r"^PASS ", outcome.output, re.MULTILINE))
    used = re.findall(r"(\d+) KiB used", outcome.output)
    outcome.note = f"{passed} attacks fended off"
    if len(used) != 2 or used[0] != used[1]:
        return f"KiB used before and after: {used}"
    return "" if passed >= 200 else f"only {passed} attacks were made"


def attack(name: str, **on: object) -> Case:
    return Case(name=f"attack.{name}", on=on, judge=judge_attacks, timeout=240, status=0, ends="guest-shutdown",
                # The first round makes the servers take what they will keep.
                input=["/test/attack control.", "mem -w", "/test/attack", "mem -w", "true"],
                output=[r"^attacks: \d+ fended off, 0 not$"], never=[r"^FAIL .*\n.*"])


def control(one: controls.Control) -> Case:
    return Case(name=f"control.{one.name}", on={"cores": one.cores, "cpu": one.cpu}, initrd=lambda: controls.kernel(one),
                timeout=120, fails=one.pattern(), input=[one.line(), "true"], monitor=one.monitor, later=not one.quick)


def registers_kept(name: str, **on: object) -> Case:
    return Case(name=f"attack.registers-{name}", on=on, timeout=60, input=["/test/statetest"], status=0,
                output=[r"^PASS registers across \d+ preemptions", r"^PASS FS and GS base across \d+ messages"], never=[r"^FAIL .*\n.*"])


def under_fire(name: str, **on: object) -> Case:
    """Non-maskable interrupts come meanwhile, at whatever instruction."""
    return Case(name=f"attack.nmi-{name}", on=on, timeout=240, status=0, ends="guest-shutdown", monitor=controls.NMI,
                input=["/test/attack gs-base.", "/test/attack stack-pointer.", "/test/attack floods.", "/test/statetest", "true"],
                output=[r"^attacks: \d+ fended off, 0 not$", r"^PASS registers"], never=[r"^FAIL .*\n.*"])


def machine_check(name: str, **on: object) -> Case:
    """An error that the processor cannot correct, while a program has put an address of the kernel's into GS base: all that is
    left is to say so."""
    line = "mce 0 0 0xb200000000000000 5 0 0"  # valid, uncorrected, enabled; its rip is valid
    return Case(name=f"kernel.machine-check{name}", on=on, timeout=60, input=["/test/attack gs-base.timer"],
                monitor=(0.2, "human-monitor-command", {"command-line": line}),
                fails=r"^PANIC on core \d+: .*machine check")


def judge_fuzz(outcome: Outcome, calls: int) -> str:
    """Both rounds say that all is well, the long one that it made its calls; the kernel, that it looked often enough."""
    rounds = re.findall(r"^PASS ((\d+) calls .*)", outcome.output, re.MULTILINE)
    if len(rounds) != 2 or int(rounds[1][1]) < calls:
        return f"not two rounds, or not {calls} calls: {[line for line, _ in rounds]}"
    checks = [int(number) for number in re.findall(r"(\d+) checks passed in \d+ entries", outcome.log)]
    outcome.note = f"{rounds[1][0]}; at least {checks[-1] if checks else 0} checks of all invariants"
    used = re.findall(r"(\d+) KiB used", outcome.output)
    if len(used) != 2 or used[0] != used[1]:
        return f"KiB used before and after: {used}"
    # It looks after 8,192 entries, and says so at powers of two.
    return "" if checks and checks[-1] * 2 * 8192 >= calls else "too few checks"


def fuzz(name: str, calls: int, seed: int = 1, **on: object) -> Case:
    return Case(name=f"fuzz.{name}", on=on, initrd=repacked.with_checked_kernel, timeout=600, status=0,
                judge=lambda outcome: judge_fuzz(outcome, calls),
                # The first round makes the servers take what they will keep.
                input=["/test/fuzz 20000", "mem -w", f"/test/fuzz {calls} {seed}", "mem -w", "true"],
                output=[r"^PASS \d+ calls"], never=[r"^FAIL .*"], ends="guest-shutdown")
