"""The test suites: each prints its tests by name, and all are added up."""
from __future__ import annotations

import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Callable, Iterable, Optional

from . import ROOT, Failure, build, packages

CTEST_LINE = re.compile(r"^\s*\d+/\d+ Test\s+#\d+: (.+?) \.{2,}.*?(Passed|Failed|\*\*\*.*?|Not Run)\s+([\d.]+) sec")


class Selection:
    """Which tests were asked for."""

    def __init__(self, regex: Optional[str]):
        self.by_name = regex is not None
        try:
            self._expression = re.compile(regex or "")
        except re.error as error:
            raise Failure(f"-R {regex}: {error}", 2) from None

    def __contains__(self, name: str) -> bool:
        return self._expression.search(name) is not None


class Tally:
    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def report(self, name: str, passed: bool, seconds: float, why: str = "") -> None:
        self.passed += passed
        self.failed += not passed
        print(f"{'PASS' if passed else 'FAIL'} {name} ({seconds:.2f} s)", flush=True)
        for line in why.splitlines():
            print(f"     {line}")


def lint(tally: Tally, chosen: Selection) -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    import lint as checks
    packages.require(packages.FORMAT_PACKAGES)
    for name, check in checks.CHECKS.items():
        if f"lint.{name}" in chosen:
            begin = time.monotonic()
            findings = check()
            tally.report(f"lint.{name}", not findings, time.monotonic() - begin, "\n".join(findings))


class _Result(unittest.TestResult):
    def __init__(self, tally: Tally):
        super().__init__()
        self.tally = tally

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.begin = time.monotonic()
        self.why = ""

    def addError(self, test, error) -> None:  # type: ignore[no-untyped-def]
        super().addError(test, error)
        self.why = self.errors[-1][1]

    def addFailure(self, test, error) -> None:  # type: ignore[no-untyped-def]
        super().addFailure(test, error)
        self.why = self.failures[-1][1]

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self.tally.report(_python_name(test), not self.why, time.monotonic() - self.begin, self.why)


def _python_name(test: unittest.TestCase) -> str:
    parts = test.id().split(".")
    return f"workbench.{parts[-2]}.{parts[-1][len('test_'):]}"


def workbench(tally: Tally, chosen: Selection) -> None:
    """The tests of ./pith itself."""

    def flat(suite: Iterable) -> Iterable[unittest.TestCase]:
        for item in suite:
            yield from flat(item) if isinstance(item, unittest.TestSuite) else [item]

    found = unittest.TestLoader().discover(str(ROOT / "tests/workbench"))
    suite = unittest.TestSuite(test for test in flat(found) if _python_name(test) in chosen)
    suite.run(_Result(tally))


def _ctest(label: str, tally: Tally, chosen: Selection) -> None:
    packages.require(packages.BUILD_PACKAGES + packages.HOST_PACKAGES)
    build.host()
    listing = subprocess.run(["ctest", "--test-dir", str(build.HOST), "-N", "-L", f"^{label}$"],
                             capture_output=True, text=True, check=False).stdout
    names = re.findall(r"^\s*Test\s+#\d+: (.+)$", listing, re.MULTILINE)
    wanted = [name for name in names if f"{label}.{name}" in chosen]
    if not wanted:
        return
    command = ["ctest", "--test-dir", str(build.HOST), "-L", f"^{label}$", "-j2", "--output-on-failure"]
    if len(wanted) < len(names):
        command += ["-R", "^(" + "|".join(name.replace(".", "[.]") for name in wanted) + ")$"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as process:
        _read_ctest(process.stdout or [], label, tally)


def _read_ctest(lines: Iterable[str], label: str, tally: Tally) -> None:
    """CTest's lines, told in our way; what a failing test said comes after its line."""
    for line in lines:
        match = CTEST_LINE.match(line)
        if match:
            failing = match[2] != "Passed"
            tally.report(f"{label}.{match[1]}", not failing, float(match[3]), match[2].strip("* ") if failing else "")
        elif line.startswith("The following tests FAILED") or re.match(r"^\d+% tests passed", line):
            break
        elif line.strip() and not re.match(r"^(Internal ctest|Test project|\s+Start\s+\d+:)", line):
            print(f"     {line.rstrip()}")


def unit(tally: Tally, chosen: Selection) -> None:
    _ctest("unit", tally, chosen)


def model(tally: Tally, chosen: Selection) -> None:
    _ctest("model", tally, chosen)
    if "model.results" in chosen:  # how far they went
        said = subprocess.run([str(ROOT / "tests/model/judge_results.py"), str(build.HOST / "tests/model/results")],
                              capture_output=True, text=True, check=False).stdout
        print("".join(f"     {line}\n" for line in said.splitlines() if " states" in line), end="")


def fuzz(tally: Tally, chosen: Selection) -> None:
    """A short run of each fuzzer, the same every time; longer ones are for a machine with nothing else to do."""
    packages.require(packages.BUILD_PACKAGES + packages.HOST_PACKAGES)
    build.host(["fuzz"])
    folder = build.HOST / "tests/fuzz"
    programs = {program.name[:-len("_fuzz")]: program for program in sorted(folder.glob("*_fuzz"))}

    def fuzzed(name: str) -> tuple[str, str, float]:
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(dir=folder) as found:
            done = subprocess.run([str(programs[name]), "-seed=1", "-runs=50000", "-max_total_time=20", "-timeout=20",
                                   "-print_final_stats=0", f"-artifact_prefix={folder}/{name}-", found, str(folder / "seeds" / name)],
                                  capture_output=True, text=True, errors="replace", check=False)
        why = "\n".join([f"status {done.returncode}", *done.stderr.splitlines()[-25:]]) if done.returncode else ""
        return name, why, time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, why, seconds in pool.map(fuzzed, [name for name in programs if f"fuzz.{name}" in chosen]):
            tally.report(f"fuzz.{name}", not why, seconds, why)


def mutants(tally: Tally, chosen: Selection) -> None:
    """Kernels with a mistake of a kind that unit tests must notice; `./pith soak mutants` has many more."""
    sys.path.insert(0, str(ROOT / "tools"))
    from mutation import sample
    from mutation.kernels import Kernels
    if not any(f"mutants.{kind}.{name}" in chosen for name, kind, *_ in sample.listed()):
        return
    kernels = Kernels()
    wanted = [one for one in sample.choose(kernels) if f"mutants.{one}" in chosen]
    if not wanted:
        return
    packages.require(packages.BUILD_PACKAGES + packages.HOST_PACKAGES)
    build.host(sorted({one.program for one in wanted}))
    numbers = sample.prepare(kernels, wanted)
    for program, outcome in sample.pass_without(wanted):
        tally.report(f"mutants.none.{program}", outcome.passed, outcome.seconds, "" if outcome.passed else outcome.said)
    for one, outcome in sample.judged(wanted, numbers):
        why = f"{one.test} does not notice {one.mutant}" if outcome.passed else ""
        tally.report(f"mutants.{one}", not outcome.passed, outcome.seconds, why)


def system(tally: Tally, chosen: Selection) -> None:
    packages.require(packages.BUILD_PACKAGES + packages.QEMU_PACKAGES + packages.UEFI_PACKAGES)
    build.system()
    sys.path.insert(0, str(ROOT / "tests/system"))
    import run as runner
    runner.run(tally.report, chosen)


SUITES: dict[str, Callable[[Tally, Selection], None]] = {
    "lint": lint, "workbench": workbench, "unit": unit, "model": model, "mutants": mutants, "fuzz": fuzz, "system": system,
}
NAMES = list(SUITES)


def run(names: list[str], regex: Optional[str]) -> int:
    for name in names:
        if name not in SUITES:
            raise Failure(f"no test suite {name}; there are {', '.join(NAMES)}", 2)
    chosen = Selection(regex)
    tally = Tally()
    minutes = []
    for name in names or NAMES:
        begin = time.monotonic()
        try:
            SUITES[name](tally, chosen)
        except Failure as failure:  # one suite that cannot run does not hide the others
            tally.report(name, False, 0.0, str(failure))
        minutes.append(f"{name} {(time.monotonic() - begin) / 60:.1f}")
    if not tally.passed + tally.failed:
        raise Failure(f"no test matches {regex}" if regex else "no tests in this suite")
    print(f"minutes, with building: {', '.join(minutes)}")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0
