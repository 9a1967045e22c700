#!/usr/bin/env python3
"""Runs the system tests: boots, types, reads, judges. `./pith test system` builds first and calls this.

On its own: tests/system/run.py [REGEX]."""
from __future__ import annotations

import concurrent.futures
import pathlib
import re
import sys
import time
from typing import Callable, Optional

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools")]

import cases  # noqa: E402
import picture  # noqa: E402
from case import Case, Outcome  # noqa: E402
from pithlib import Failure  # noqa: E402
from pithlib.guest import EmulatorCrash, Guest  # noqa: E402
from pithlib.session import READY, Script, last_lines, shell_status  # noqa: E402

AT_ONCE = 2
ATTEMPTS = 3  # where QEMU crashes
KEYBOARD_READY = r"shell-1: ready"
ALWAYS_WRONG = [r"^PANIC\b", r"^\[.*\] \d+ error "]  # unless a test waits for just that


def play_script(case: Case, guest: Guest, deadline: float, outcome: Outcome) -> None:
    """Lines go in as through a pipe; what comes out is the shell's alone."""
    shown = bytearray()
    lines = "".join(line + "\n" for line in case.input or []).encode()
    if case.monitor and guest.wait_for(READY, deadline):
        seconds, name, arguments = case.monitor
        guest.tell_again(seconds, name, **arguments)
    try:
        outcome.status = Script(guest, deadline, shown.extend).run(iter([lines]))
    except Failure as failure:
        outcome.complaint = str(failure)
    outcome.output = shown.decode(errors="replace")


def play_until_killed(case: Case, guest: Guest, deadline: float, outcome: Outcome) -> None:
    """Types ahead, and ends the machine as soon as it has answered."""
    if guest.wait_for(READY, deadline):
        start = len(guest.console)
        guest.send("".join(line + "\n" for line in case.input or []).encode())
        if not guest.wait_for(case.killed, deadline, guest.console, start):
            outcome.complaint = f"never said {case.killed!r}"
        outcome.output = guest.console[start:].decode(errors="replace")
    else:
        outcome.complaint = "the console never listened"
    guest.kill()


def play_dialogue(case: Case, guest: Guest, deadline: float, outcome: Outcome) -> None:
    """Types at the terminal, as somebody would: each step sends, then waits for an answer."""
    position = 0
    if not guest.wait_for(READY, deadline):
        outcome.complaint = "the console never listened"
        return
    found: dict[str, str] = {}
    for text, answer in case.dialogue or []:
        for name, value in found.items():
            text = text.replace(f"{{{name}}}", value)
        guest.send(text.encode())
        match = guest.wait_for(answer, deadline, guest.console, position)
        if not match:
            outcome.complaint = (f"sent {text!r}, waited for {answer!r}, got "
                                 f"{bytes(guest.console[position:])[-300:].decode(errors='replace')!r}")
            return
        position = match.end()
        found.update({name: value.decode() for name, value in match.groupdict().items()})
    if case.ends:
        guest.wait_end(deadline)
    guest.settle()
    outcome.output = guest.console.decode(errors="replace")
    outcome.status = shell_status(bytes(guest.log))


def play_boot(case: Case, guest: Guest, deadline: float, outcome: Outcome) -> None:
    """Nobody types: waits for a line in the log or, if none is named, for the end of the machine."""
    if case.until is None:
        if not guest.wait_end(deadline):
            outcome.complaint = "the machine did not end"
    elif not guest.wait_for(case.until, deadline):
        outcome.complaint = f"never said {case.until!r}"
    guest.settle()


def play_keys(case: Case, guest: Guest, deadline: float, outcome: Outcome) -> None:
    """Types at the keyboard and waits until the screen shows what it shall."""
    if not guest.wait_for(KEYBOARD_READY, deadline):
        outcome.complaint = "nobody listens to the keyboard"
        return
    for key in case.keys or []:
        guest.command("human-monitor-command", deadline, **{"command-line": f"sendkey {key} 20"})
        guest.settle(0.08)  # QEMU holds it down for 20 ms
    while not guest.ended and time.monotonic() < deadline:
        guest.settle(0.5)
        if not guest.command("screendump", deadline, filename=str(case.picture())):
            break  # too late: the picture may be half written
        outcome.output = picture.text_of(case.picture())
        if all(re.search(pattern, outcome.output, re.MULTILINE) for pattern in case.shows):
            break
    case.picture().unlink(missing_ok=True)


def judge(case: Case, outcome: Outcome) -> str:
    """Empty if all is well, otherwise what is not."""
    if case.fails is not None:
        all_of_it = "\n".join([outcome.output, outcome.log, outcome.complaint])
        match = re.search(case.fails, all_of_it, re.MULTILINE)
        outcome.note = all_of_it[match.start():].splitlines()[0][:100] if match else ""
        return "" if match else f"nothing says {case.fails!r}: {outcome.output[-300:]!r}"
    if outcome.complaint:
        return outcome.complaint
    if case.status is not None and outcome.status != case.status:
        return f"status {outcome.status}, not {case.status}; output: {outcome.output[-500:]!r}"
    if case.ends is not None and outcome.end_reason != case.ends:
        return f"ended by {outcome.end_reason}, not by {case.ends}"
    if case.exactly is not None and outcome.output != case.exactly:
        return f"printed {outcome.output[-500:]!r}, not {case.exactly!r}"
    for where, text, patterns in (("output", outcome.output, case.output), ("log", outcome.log, case.log),
                                  ("picture of the screen", outcome.output, case.shows),
                                  ("console", outcome.console, case.console)):
        for pattern in patterns:
            if not re.search(pattern, text, re.MULTILINE):
                return f"no {pattern!r} in the {where}: {text[-500:]!r}"
    for pattern in [*case.never, *ALWAYS_WRONG[:0 if case.until else None]]:
        match = re.search(pattern, outcome.log + outcome.output, re.MULTILINE)
        if match:
            return f"there is {match[0]!r}"
    return case.judge(outcome) if case.judge else ""


def boot(case: Case, **changes: object) -> Outcome:
    """One machine, from its start to its end."""
    outcome = Outcome()
    play = (play_until_killed if case.killed is not None else play_script if case.input is not None else play_dialogue if case.dialogue is not None
            else play_keys if case.keys is not None else play_boot)
    with Guest.start(case.machine(**changes)) as guest:
        play(case, guest, time.monotonic() + case.limit(), outcome)
        guest.settle(0.0)
        if case.screen:
            outcome.picture = case.picture()
            guest.command("screendump", time.monotonic() + 10, filename=str(outcome.picture))
        outcome.end_reason = guest.end_reason
        outcome.console = guest.console.decode(errors="replace").replace("\r", "")
        outcome.log = guest.log.decode(errors="replace").replace("\r", "")
        by_itself = guest.ended
        if guest.hangs:
            outcome.note = "QEMU hung when the machine had ended"
        said = guest.stop()
        guest.check_emulator()
        if said and by_itself and guest.end_reason is None:
            outcome.complaint = outcome.complaint or f"QEMU: {said.splitlines()[-1]}"
    return outcome


def run_case(case: Case, used_disk: Optional[pathlib.Path] = None) -> tuple[Case, str, float, Outcome]:
    begin = time.monotonic()
    outcome = Outcome()
    try:
        outcome = boot(case, **({"disk": used_disk} if used_disk else {}))
        if case.other and not outcome.complaint and not case.fails:
            outcome.second = boot(case, **case.other)
            outcome.complaint = outcome.second.complaint
        why = judge(case, outcome)
        disk = used_disk or case.disk_path()
        if not why and case.on_disk:
            why = case.on_disk(disk)
        if not why and case.then:
            why = run_case(case.then, disk)[1]
            return case, why and f"{case.then.name}: {why}", time.monotonic() - begin, outcome
    except EmulatorCrash:
        raise
    except Failure as failure:
        why = str(failure)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}"
    if why and "kernel log" not in why:
        why += "\nthe last lines of the log:\n" + (last_lines(outcome.log.encode()) or "    (none)")
    return case, why, time.monotonic() - begin, outcome


def run_to_an_end(case: Case) -> tuple[Case, str, float, Outcome]:
    """Once more where QEMU itself has crashed, which it does with several cores while devices' windows are switched (docs/testing.md).
    If it does so each time, that is a failure."""
    crashes: list[str] = []
    while True:
        try:
            case, why, seconds, outcome = run_case(case)
        except EmulatorCrash as crash:
            crashes.append(str(crash))
            if len(crashes) == ATTEMPTS:
                return case, crashes[-1], 0.0, Outcome()
            continue
        outcome.note = "; ".join(filter(None, [outcome.note, *crashes]))
        return case, why, seconds, outcome


def run(report: Callable[[str, bool, float, str], None], chosen: "object") -> None:
    """`chosen` contains the names to run, and says if they were asked `by_name`."""
    selected = [case for case in cases.CASES
                if f"system.{case.name}" in chosen and (not case.later or chosen.by_name)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(run_to_an_end, case) for case in selected]
        for job in concurrent.futures.as_completed(jobs):
            case, why, seconds, outcome = job.result()
            report(f"system.{case.name}", not why, seconds, why or outcome.note)


def main(arguments: list[str]) -> int:
    from pithlib.suites import Selection, Tally
    tally = Tally()
    try:
        run(tally.report, Selection(arguments[0] if arguments else None))
    except Failure as failure:
        print(f"run.py: {failure}", file=sys.stderr)
        return 2
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
