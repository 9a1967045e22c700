"""Who notices: unit tests first, then short explorations and walks. Only those that reach a mistake are asked."""
from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import resource
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from .kernels import FOLDER, PROGRAMS

UNIT = ("kernel_test", "kernel_debug_test", "kernel_large_test", "memory_frame_allocator_test", "memory_account_test", "memory_slab_test",
        "memory_page_table_test", "memory_page_table_model_test")
EXPLORER = "pith_explore_host"
STATES, STEPS, LENGTH = 6000, 12000, 60
ROOM = 65536  # numbers of mutants


@dataclasses.dataclass(frozen=True)
class Test:
    program: str  # below the build folder
    name: str  # a GoogleTest, or the explorer's arguments
    seconds: float  # of processor time
    reached: frozenset[int]

    @property
    def is_unit(self) -> bool:
        return not self.program.endswith(EXPLORER)


@dataclasses.dataclass(frozen=True)
class Outcome:
    passed: bool
    seconds: float
    said: str


def run(command: list[str], limit: float, environment: dict[str, str]) -> Outcome:
    """`limit` in seconds of processor time: how busy the machine is decides nothing. A hang is a failure."""
    seconds = max(2, int(limit) + 1)
    with tempfile.TemporaryFile(mode="w+", errors="replace") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   env=dict(os.environ, **environment),
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1)))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status  # it has been waited for
        said.seek(0)
        return Outcome(status == 0, usage.ru_utime + usage.ru_stime, said.read())


class Judge:
    def __init__(self, systems: list[str], digest: str, jobs: int = 2):
        self.systems = systems
        self.jobs = jobs
        self.tests = self._remembered(digest) or self._record(digest)

    def _path(self, program: str) -> str:
        return str(PROGRAMS / program)

    def _remembered(self, digest: str) -> list[Test]:
        path = FOLDER / "tests.json"
        if not path.exists():
            return []
        kept = json.loads(path.read_text())
        if kept["digest"] != digest:
            return []
        return [Test(t["program"], t["name"], t["seconds"], frozenset(t["reached"])) for t in kept["tests"]]

    def _record(self, digest: str) -> list[Test]:
        wanted = []
        for program in UNIT:
            listing = subprocess.run([self._path(f"tests/unit/{program}"), "--gtest_list_tests"], capture_output=True, text=True,
                                     check=True).stdout
            suite = ""
            for line in listing.splitlines():
                if not line.startswith(" "):
                    suite = line.split()[0] if line.split() else ""
                elif suite.endswith("."):
                    wanted.append((f"tests/unit/{program}", suite + line.split()[0]))
        for system in self.systems:
            wanted.append((f"tests/model/{EXPLORER}", f"{system} {STATES} 100000"))
            wanted.append((f"tests/model/{EXPLORER}", f"{system} {STEPS} 100000 {LENGTH} 1"))
        with ThreadPoolExecutor(self.jobs) as pool:
            tests = [test for test in pool.map(lambda pair: self._record_one(*pair), wanted) if test]
        kept = [dict(dataclasses.asdict(test), reached=sorted(test.reached)) for test in tests]
        (FOLDER / "tests.json").write_text(json.dumps({"digest": digest, "tests": kept}))
        return tests

    def _record_one(self, program: str, name: str) -> Test | None:
        with tempfile.NamedTemporaryFile(dir=FOLDER) as reached:
            reached.truncate(ROOM)
            outcome = run(self._command(program, [name]), 600, {"PITH_REACHED": reached.name})
            # A short exploration need not reach everything; that is for the long one to say.
            if not outcome.passed:
                return None
            numbers = frozenset(n for n, byte in enumerate(pathlib.Path(reached.name).read_bytes()) if byte)
        return Test(program, name, outcome.seconds, numbers)

    def _command(self, program: str, names: list[str]) -> list[str]:
        if program.endswith(EXPLORER):
            return [self._path(program), *names[0].split()]
        return [self._path(program), "--gtest_fail_fast", "--gtest_brief=0", "--gtest_filter=" + ":".join(names)]

    def _noticed_by(self, program: str, tests: list[Test], number: int) -> str:
        limit = 3 * sum(test.seconds for test in tests) + 3
        outcome = run(self._command(program, [test.name for test in tests]), limit, {"PITH_MUTANT": str(number)})
        if outcome.passed:
            return ""
        if not tests[0].is_unit:
            return tests[0].name
        failed = re.search(r"^\[  FAILED  \] ([\w/.]+)", outcome.said, re.MULTILINE)
        begun = re.findall(r"^\[ RUN      \] (\S+)", outcome.said, re.MULTILINE)
        return failed[1] if failed else f"{begun[-1]} (does not end well)" if begun else "does not start"

    def verdict(self, number: int) -> str:
        """The test that notices; "" if none does, "-" if none gets there."""
        reaching = sorted((test for test in self.tests if number in test.reached), key=lambda test: test.seconds)
        if not reaching:
            return "-"
        unit = [test for test in reaching if test.is_unit]
        cheap, spent = [], 0.0
        for test in unit[:40]:
            spent += test.seconds
            if spent < 1.0:
                cheap.append(test)
        dear = [test for test in unit if test not in cheap]
        for group in (cheap, dear):
            for program in sorted({test.program for test in group}):
                noticed = self._noticed_by(program, [test for test in group if test.program == program], number)
                if noticed:
                    return noticed
        for test in reaching:
            if not test.is_unit:
                noticed = self._noticed_by(test.program, [test], number)
                if noticed:
                    return noticed
        return ""
