"""`./pith test --coverage`: which lines and branches of the portable kernel the unit tests and the model take."""
from __future__ import annotations

import collections
import dataclasses
import json
import os
import pathlib
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Iterable

from . import BUILD, ROOT, Failure, build, packages, relink

FOLDER = BUILD / "coverage"
UNIT = ("kernel_test", "kernel_debug_test", "kernel_large_test", "machine_test", "memory_frame_allocator_test",
        "memory_account_test", "memory_slab_test", "memory_page_table_test", "memory_page_table_model_test")
FAILURES, EXPLORER = "tests/model/kernel_failure_test", "tests/model/pith_explore_model"
STATES, STEPS, LENGTH = 20_000, 20_000, 60
LINES, BRANCHES = 95.0, 90.0  # per cent, required
# Capabilities and messages: every branch is taken both ways, but those to a panic.
STRICT = re.compile(r"kernel/(object/(handle_table|derivation|badge|slot\w*|capabilities|endpoint|reply|queue|caller_queue|notification)"
                    r"|sched/revocations|syscall/(messages|transfer|fast_path|handle_calls|queue_calls|notification_calls))\.(h|cpp)")
PORTABLE = re.compile(r"kernel/((memory|object|sched|syscall|debug)/\w+|entry|init|kernel)\.(h|cpp)")
NOT_KERNEL = ("kernel/debug/inspector.h",)  # the tests' own eye


@dataclasses.dataclass
class Count:
    lines: int = 0
    lines_taken: int = 0
    branches: int = 0
    branches_taken: int = 0
    panics: int = 0  # branches that lead to one, which nothing takes

    def add(self, other: Count) -> None:
        for field in dataclasses.fields(Count):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def line_share(self) -> float:
        return 100.0 * self.lines_taken / max(self.lines, 1)

    def branch_share(self) -> float:
        return 100.0 * self.branches_taken / max(self.branches, 1)


def _counting(entry: dict) -> tuple[str, str]:
    """The object of one of the kernel's files, compiled as for the model, that counts what it takes; and its library's name."""
    name = FOLDER / (pathlib.Path(entry["file"]).relative_to(ROOT).as_posix().replace("/", "_") + ".o")
    words = shlex.split(entry["command"])
    output = words[words.index("-o") + 1]
    words[words.index("-o") + 1] = str(name)
    words = ["-DPITH_POISON=1" if word.startswith("-DPITH_POISON=") else word for word in words]  # as unit tests have it
    # Little optimised, so that every call stays one: kernel_failure_test looks for those that allocate.
    # Counters lie in a file that is written as they change (%c): the explorer ends without leaving its main function.
    words += ["-O1", "-fprofile-instr-generate", "-fcoverage-mapping", "-mllvm", "-runtime-counter-relocation"]
    done = subprocess.run(words, cwd=entry["directory"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{entry['file']} does not compile with counters:\n{done.stderr[-2000:]}")
    return re.search(r"/(pith_kernel\w*)_model\.dir/", output)[1], str(name)


def _link(target: str, counting: list[tuple[str, str]]) -> None:
    """With those objects in whose place it has another library's."""
    command = relink.command_for(target)
    objects = [name for library, name in counting if re.search(rf"lib{library}_(host|model)\.a", command)]
    relink.program(target, [*objects, "-fprofile-instr-generate"], FOLDER)


def _build() -> None:
    """The programs as they are built anyway, on a kernel that counts."""
    build.host([*UNIT, "kernel_failure_test", "pith_explore_model"])
    FOLDER.mkdir(exist_ok=True)
    entries = [entry for entry in json.loads((build.HOST / "compile_commands.json").read_text()) if "_model.dir/" in entry["command"]
               and PORTABLE.fullmatch(pathlib.Path(entry["file"]).relative_to(ROOT).as_posix())]
    with ThreadPoolExecutor(2) as pool:
        counting = list(pool.map(_counting, entries))
        list(pool.map(lambda target: _link(target, counting), [*(f"tests/unit/{name}" for name in UNIT), FAILURES, EXPLORER]))


def _runs() -> Iterable[list[str]]:
    for name in [*UNIT, "kernel_failure_test"]:
        yield [str(FOLDER / name), "--gtest_brief=1"]
    explorer = str(FOLDER / pathlib.Path(EXPLORER).name)
    systems = subprocess.run([explorer, "systems"], capture_output=True, text=True, check=True,
                             env=dict(os.environ, LLVM_PROFILE_FILE=os.devnull)).stdout.split()
    for system in systems:
        yield [explorer, system, str(STATES), "1000000"]
        yield [explorer, system, str(STEPS), "1000000", str(LENGTH), "1"]


def _measure() -> dict:
    environment = dict(os.environ, LLVM_PROFILE_FILE=f"{FOLDER}/counts/%p%c.profraw")
    runs = list(_runs())
    counts = FOLDER / "counts"
    counts.mkdir(exist_ok=True)
    for old in counts.glob("*.profraw"):
        old.unlink()

    def one(command: list[str]) -> str:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
        return "" if done.returncode == 0 else f"{' '.join(command)}:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-12:])

    with ThreadPoolExecutor(2) as pool:
        failed = [said for said in pool.map(one, runs) if said]
    if failed:
        raise Failure("what is counted does not pass:\n" + "\n".join(failed))
    merged = FOLDER / "counts/all.profdata"
    subprocess.run(["llvm-profdata-19", "merge", "-o", str(merged), *map(str, counts.glob("*.profraw"))], check=True)
    programs = sorted({command[0] for command in runs})
    objects = [argument for program in programs[1:] for argument in ("-object", program)]
    said = subprocess.run(["llvm-cov-19", "export", f"-instr-profile={merged}", programs[0], *objects],
                          capture_output=True, text=True, check=True).stdout
    return json.loads(said)["data"][0]


def _leads_to_panic(source: list[str], line: int) -> bool:
    """`if (…) panic(…)`, perhaps on the line below, and what a broken invariant alone brings about."""
    return any("panic(" in text for text in source[line - 1:line + 1])


def _runs_at(segments: list[list], place: tuple[int, int]) -> bool:
    """Segments say how often what stands from there on was run."""
    count = 0
    for line, column, times, counted, *_ in segments:
        if (line, column) > place:
            break
        count = times if counted else 0
    return count > 0


def _ways(entry: dict) -> Iterable[tuple[tuple, tuple[int, int, int, int], list[int]]]:
    """For each branch, also in what a macro came to: a name of its own, where it is written, how often each way was taken. Of a
    template once for each use."""
    for branch in entry["branches"]:
        yield tuple(branch[:4]), tuple(branch[:4]), branch[4:6]
    for expansion in entry["expansions"]:
        place = tuple(expansion["source_region"][:4])
        for branch in expansion["branches"]:
            yield place + tuple(branch[:4]), place, branch[4:6]


def _count(entry: dict, source: list[str]) -> tuple[Count, list[str]]:
    count = Count(entry["summary"]["lines"]["count"], entry["summary"]["lines"]["covered"])
    ways: dict[tuple, list[int]] = collections.defaultdict(lambda: [0, 0])
    places = {}
    for name, place, times in _ways(entry):
        places[name] = place
        ways[name][0] += times[0]
        ways[name][1] += times[1]
    missing = []
    for name, taken in sorted(ways.items()):
        place = places[name]
        line = source[place[0] - 1]
        if taken == [0, 0] and _runs_at(entry["segments"], (place[0], place[1])):
            continue  # a constant
        if re.search(r"\bswitch \($", line[:place[1] - 1]):
            continue  # none of the cases: they are all there, or the compiler would say so
        for way, times in zip(("true", "false"), taken):
            if times == 0 and _leads_to_panic(source, place[0]):
                count.panics += 1
                continue
            count.branches += 1
            count.branches_taken += times > 0
            if times == 0:
                text = line[place[1] - 1:place[3] - 1 if place[2] == place[0] else None]
                missing.append(f"{place[0]}: never {way}: {text.strip()}")
    return count, missing


def _lines_missing(entry: dict) -> list[int]:
    """Where a stretch that nothing runs begins."""
    return [line for line, _, times, counted, begins, gap in entry["segments"] if counted and begins and not gap and times == 0]


def run() -> int:
    packages.require(packages.BUILD_PACKAGES + packages.HOST_PACKAGES)
    _build()
    folders: dict[str, Count] = collections.defaultdict(Count)
    total, strict, details, failures = Count(), Count(), [], []
    for entry in _measure()["files"]:
        path = entry["filename"]
        name = path[path.rindex("/kernel/") + 1:] if "/kernel/" in path else path
        if not PORTABLE.fullmatch(name) or name in NOT_KERNEL or not (ROOT / name).exists():
            continue
        count, missing = _count(entry, pathlib.Path(ROOT / name).read_text().splitlines())
        folders[str(pathlib.PurePath(name).parent)].add(count)
        total.add(count)
        details += [f"{name}:{what}" for what in missing]
        details += [f"{name}:{line}: not run" for line in _lines_missing(entry)]
        if STRICT.fullmatch(name):
            strict.add(count)
            failures += [f"{name}:{what}" for what in missing]
    (FOLDER / "missing.txt").write_text("".join(line + "\n" for line in details))
    print(f"{'':24}  lines          branches       that panic")
    for name, count in [*sorted(folders.items()), ("capabilities, messages", strict), ("all", total)]:
        print(f"{name:24} {count.lines_taken:5}/{count.lines:<5} {count.line_share():5.1f} %  {count.branches_taken:4}/{count.branches:<4} "
              f"{count.branch_share():5.1f} %  {count.panics:4}")
    print(f"what is not taken: {(FOLDER / 'missing.txt').relative_to(ROOT)}")
    if total.line_share() < LINES:
        failures.append(f"lines: {total.line_share():.1f} %, {LINES} % are required")
    if total.branch_share() < BRANCHES:
        failures.append(f"branches: {total.branch_share():.1f} %, {BRANCHES} % are required")
    for failure in failures:
        print(f"FAIL {failure}")
    return 1 if failures else 0
