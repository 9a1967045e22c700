"""Suites that run for as long as they may: what `./pith test` does briefly, with other seeds and further."""
from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterator, Optional

from . import ROOT, Failure, build, packages, suites

Report = Callable[[str, bool, float, str], None]


class Clock:
    """How much time is left."""

    def __init__(self, minutes: float):
        self.end = time.monotonic() + minutes * 60

    def left(self) -> float:
        return self.end - time.monotonic()

    def rounds(self) -> Iterator[int]:
        """At least one."""
        number = 0
        while not number or self.left() > 0:
            yield number
            number += 1


def _program(report: Report, name: str, command: list[str], limit: float) -> None:
    begin = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=limit)
        said = "\n".join((done.stdout + done.stderr).splitlines()[-24:])
        report(name, not done.returncode, time.monotonic() - begin, said)
    except subprocess.TimeoutExpired:
        report(name, False, time.monotonic() - begin, f"did not end within {limit:.0f} s")


def model(report: Report, clock: Clock, seed: int) -> None:
    """Every small system as far as time allows, then walks by chance."""
    build.host(["pith_explore_model"])
    explorer = str(build.HOST / "tests/model/pith_explore_model")
    systems = subprocess.run([explorer, "systems"], capture_output=True, text=True, check=True).stdout.split()
    results = build.HOST / "tests/model/soaked"
    results.mkdir(exist_ok=True)
    at_once = max(os.cpu_count() or 1, 1)
    share = max(clock.left() * at_once / len(systems) / 2, 5.0)

    def explore(name: str) -> None:
        for kind, bounds in (("", ["1000000000", f"{share:.0f}"]),
                             ("_by_chance", ["1000000000000", f"{share:.0f}", "60", str(seed)])):
            file = results / f"{name}{kind}.results"
            _program(report, f"model.{name}{kind}", [explorer, name, *bounds, f"results={file}"], share * 4 + 300)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(explore, systems))
    _program(report, "model.results", [str(ROOT / "tests/model/judge_results.py"), str(results)], 60)


def fuzz(report: Report, clock: Clock, seed: int) -> None:
    """Every fuzzer in turn."""
    build.host(["fuzz"])
    folder = build.HOST / "tests/fuzz"
    programs = sorted(folder.glob("*_fuzz"))
    share = max(clock.left() / max(len(programs), 1), 5.0)
    for program in programs:
        name = program.name[:-len("_fuzz")]
        found = folder / "found" / name
        found.mkdir(parents=True, exist_ok=True)
        _program(report, f"fuzz.{name}", [str(program), f"-seed={seed}", f"-max_total_time={share:.0f}", "-timeout=20",
                                          f"-artifact_prefix={folder}/{name}-", str(found), str(folder / "seeds" / name)],
                 share * 2 + 60)


def _system() -> tuple[object, object]:
    packages.require(packages.BUILD_PACKAGES + packages.QEMU_PACKAGES + packages.UEFI_PACKAGES)
    build.system()
    sys.path.insert(0, str(ROOT / "tests/system"))
    import cases
    import run
    return cases, run


def _boot(report: Report, run: object, case: object, name: str) -> None:
    _, why, seconds, outcome = run.run_to_an_end(case)  # type: ignore[attr-defined]
    report(name, not why, seconds, why or outcome.note)


def calls(report: Report, clock: Clock, seed: int) -> None:
    """System calls by chance on the kernel that checks its invariants, on one core and on four."""
    cases, run = _system()
    for number in clock.rounds():
        case = cases.fuzz(f"soak-{number}", 5_000_000, seed + number, cores=(1, 4)[number % 2])
        _boot(report, run, case, f"calls.{seed + number}-on-{(1, 4)[number % 2]}")


def _named(prefix: str) -> Callable[[Report, Clock, int], None]:
    def play(report: Report, clock: Clock, seed: int) -> None:
        cases, run = _system()
        chosen = [case for case in cases.CASES if case.name.startswith(prefix)]
        random.Random(seed).shuffle(chosen)
        for number in clock.rounds():
            for case in chosen:
                if number and clock.left() <= 0:
                    return
                _boot(report, run, case, case.name)
    return play


def mutants(report: Report, clock: Clock, seed: int) -> None:
    """Kernels with a mistake in them: the tests have to notice."""
    tool = ROOT / "tools/mutants.py"
    if not tool.exists():
        raise Failure("there is no tools/mutants.py")
    build.host()
    _program(report, "mutants", [sys.executable, str(tool), "--minutes", f"{clock.left() / 60:.1f}", "--seed", str(seed)],
             clock.left() + 600)


def stress(report: Report, clock: Clock, seed: int) -> None:
    """Pairs of threads on four cores, moved about: by turns on the kernel that ships and on the one that checks."""
    cases, run = _system()
    for number in clock.rounds():
        seconds = round(min(max(clock.left() - 20, 20), 600))
        case = cases.stress(f"soak-{number}", seconds, seed + number, bool(number % 2), cores=4)
        _boot(report, run, case, f"stress.{'checked-' * (number % 2)}{seed + number}-for-{seconds}-s")


def disks(report: Report, clock: Clock, seed: int) -> None:
    """Power cut at any moment, with other sequences of changes: what is left has to be a state that was."""
    build.host(["ext4_test", "fat_test"])
    for number in clock.rounds():
        for name in ("ext4", "fat"):
            _program(report, f"disks.{name}-{seed + number}", [
                str(build.HOST / f"tests/unit/{name}_test"), "--gtest_filter=*Crash*", f"--gtest_random_seed={(seed + number) % 99999 + 1}"], 600)


def tree(report: Report, clock: Clock, seed: int) -> None:
    """Ten thousand files and one of a gibibyte, written, read back and removed, twice."""
    cases, run = _system()
    case = next(case for case in cases.CASES if case.name == "disks.large-tree")
    for _ in clock.rounds():
        _boot(report, run, case, case.name)


attacks, controls, boot, cores = _named("attack."), _named("control."), _named("machine."), _named("cores.")
attacks.__doc__ = "All attacks, again and again."
controls.__doc__ = "All attacks on kernels that lack one check."
boot.__doc__ = "Boots on every kind of machine."
cores.__doc__ = "Threads on several cores."

SOAKS: dict[str, Callable[[Report, Clock, int], None]] = {
    "model": model, "fuzz": fuzz, "calls": calls, "attacks": attacks, "controls": controls, "boot": boot, "cores": cores,
    "stress": stress, "disks": disks, "tree": tree, "mutants": mutants,
}


def run(names: list[str], minutes: float, seed: Optional[int]) -> int:
    """Each has its share of the time."""
    for name in names:
        if name not in SOAKS:
            raise Failure(f"no soak {name}; there are {', '.join(SOAKS)}", 2)
    chosen = names or list(SOAKS)
    seed = random.randrange(1, 1_000_000) if seed is None else seed
    print(f"seed {seed}", flush=True)
    tally = suites.Tally()
    clock = Clock(minutes)
    for number, name in enumerate(chosen):
        try:
            SOAKS[name](tally.report, Clock(max(clock.left(), 0.0) / 60 / (len(chosen) - number)), seed)
        except Failure as failure:
            tally.report(name, False, 0.0, str(failure))
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0
