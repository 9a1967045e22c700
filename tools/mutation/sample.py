"""Some mutants of kinds that must die, in every test run: linked into the unit tests as they are built anyway."""
from __future__ import annotations

import json
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Iterator, NamedTuple

from pithlib import BUILD, ROOT, Failure, build, relink

from .judge import Outcome, run as run_limited
from .kernels import CHOICE, CHOICE_SOURCE, File, Kernels, Mutant, write

LIST = ROOT / "tests/mutants/sample.txt"
FOLDER = BUILD / "mutants/sample"
SOME = 20
SECONDS = 5.0  # of processor time, for one test


class Chosen(NamedTuple):
    kind: str
    mutant: Mutant
    program: str
    test: str  # which has to notice

    def __str__(self) -> str:
        return f"{self.kind}.{self.mutant.name}"


def listed() -> list[tuple[str, str, str, str]]:
    """(name, kind, program, test) of each line of the list."""
    lines = [line.split() for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return [(name, kind, *test.split("/", 1)) for name, kind, test in lines]


def choose(kernels: Kernels) -> list[Chosen]:
    """The first ones whose statements are still there."""
    there = [Chosen(kind, kernels.by_name[name], program, test) for name, kind, program, test in listed()
             if name in kernels.by_name]
    if len(there) < SOME:
        raise Failure(f"of the mutants in {LIST.relative_to(ROOT)} only {len(there)} are still there; "
                      f"tools/mutants.py finds more")
    return there[:SOME]


def _compiled(file: File, numbers: dict[str, int], commands: list[dict]) -> str:
    """The object of one file that can be any of its mutants."""
    stem = FOLDER / file.name.replace("/", "_")
    write(stem, file.with_choices(numbers)[0])
    entry = next(entry for entry in commands if entry["file"].endswith("/" + file.name) and "_host.dir" in entry["command"])
    words = shlex.split(entry["command"])
    words[words.index("-o") + 1] = f"{stem}.o"
    words[words.index("-c") + 1] = str(stem)
    done = subprocess.run([*words, f"-I{FOLDER}/include"], cwd=entry["directory"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{file.name} with mistakes in it does not compile:\n{done.stderr[-2000:]}")
    return f"{stem}.o"


def prepare(kernels: Kernels, chosen: list[Chosen]) -> dict[str, int]:
    """Makes the programs; by which number each mutant is chosen, by its name."""
    write(FOLDER / "include/kernel/memory/mutation.h", CHOICE)
    write(FOLDER / "choice.cpp", CHOICE_SOURCE)
    numbers = {one.mutant.name: number for number, one in enumerate(chosen)}
    commands = json.loads((build.HOST / "compile_commands.json").read_text())
    files = [file for file in kernels.files if any(one.mutant.file == file.name for one in chosen)]
    choice = str(FOLDER / "choice.o")
    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(lambda file: _compiled(file, numbers, commands), files))
        subprocess.run(["clang++-19", "-std=c++23", "-O1", f"-I{FOLDER}/include", "-c", str(FOLDER / "choice.cpp"), "-o", choice],
                       check=True)
        list(pool.map(lambda program: relink.program(f"tests/unit/{program}", [*objects, choice], FOLDER),
                      sorted({one.program for one in chosen})))
    return numbers


def _asked(program: str, tests: list[str], number: int) -> Outcome:
    return run_limited([str(FOLDER / program), "--gtest_fail_fast", f"--gtest_filter={':'.join(tests)}"], SECONDS,
                       {"PITH_MUTANT": str(number)})


def pass_without(chosen: list[Chosen]) -> Iterator[tuple[str, Outcome]]:
    """The same programs with no mistake made have to pass."""
    for program in sorted({one.program for one in chosen}):
        yield program, _asked(program, [one.test for one in chosen if one.program == program], -1)


def judged(chosen: list[Chosen], numbers: dict[str, int]) -> Iterator[tuple[Chosen, Outcome]]:
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(lambda one: (one, _asked(one.program, [one.test], numbers[one.mutant.name])), chosen)
