"""The mutants of the portable kernel: what they are called, and one build that holds all of them. A number in the
environment chooses which one a test program is."""
from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
from typing import Iterator

from pithlib import BUILD, ROOT, Failure

from .operators import Change, Variant, changes, rewritten
from .statements import Source

FOLDER = BUILD / "mutants"
TREE = FOLDER / "source"
PROGRAMS = FOLDER / "build"
MUTATED = ("kernel/object", "kernel/sched", "kernel/syscall", "kernel/memory", "kernel/kernel.cpp", "kernel/kernel.h")
# Their ends are no part of the running system: the kernel itself never ends.
NEVER_RUN = ("Kernel::~Kernel",)
# One core at a time takes steps on the host: nobody contends for the lock. The tests in QEMU are for that.
NOT_ON_THE_HOST = ("kernel/sched/lock.h",)
CHOICE = """#pragma once
#pragma clang diagnostic ignored "-Weverything"
namespace pith::mutation {
extern int chosen;
extern unsigned char* reached; // by number
inline bool is(int number) {
    reached[number] = 1;
    return chosen == number;
}
} // namespace pith::mutation
"""
CHOICE_SOURCE = """#include "kernel/memory/mutation.h"
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
namespace pith::mutation {
namespace {
unsigned char nobody_looks[65536];
}
int chosen = -1;
unsigned char* reached = nobody_looks;
__attribute__((constructor(101))) void choose() {
    if (const char* number = std::getenv("PITH_MUTANT")) chosen = std::atoi(number);
    const char* path = std::getenv("PITH_REACHED");
    if (!path) return;
    const int file = open(path, O_RDWR);
    void* bytes = mmap(nullptr, sizeof nobody_looks, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || bytes == MAP_FAILED) std::abort();
    reached = static_cast<unsigned char*>(bytes);
}
} // namespace pith::mutation
"""


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str  # the same as long as the statement and its function are; a hash
    file: str
    line: int  # for people
    function: str
    original: str
    what: str
    in_header: bool
    guards: str  # how what an `if` guards begins

    def __str__(self) -> str:
        return f"{self.name} {self.file}:{self.line} {self.function}: {self.what}, in: {self.original}"


class File:
    """One source file, and where it is changed."""

    def __init__(self, name: str):
        self.name = name
        self.text = (ROOT / name).read_text()
        self.source = Source(self.text)
        self.changes = [change for change in changes(self.source) if change.place.function not in NEVER_RUN]
        self.mutants: list[list[Mutant]] = []
        seen: dict[str, int] = {}
        for change in self.changes:
            original = re.sub(r"\s+", " ", self.source.clean[change.place.begin:change.place.end]).strip()
            of_change = []
            for variant in change.variants:
                key = f"{name}|{change.place.function}|{original}|{variant.what}"
                seen[key] = seen.get(key, 0) + 1
                short = hashlib.sha1(f"{key}|{seen[key]}".encode()).hexdigest()[:8]
                line = self.text.count("\n", 0, change.place.begin) + 1
                guards = self.source.clean[change.place.body:change.place.body + 30] if change.place.body else ""
                of_change.append(Mutant(short, name, line, change.place.function, original, variant.what, name.endswith(".h"),
                                        guards))
            self.mutants.append(of_change)

    def with_choices(self, numbers: dict[str, int]) -> tuple[str, list[tuple[int, int, list[str]]]]:
        """The text in which every mutant with a number is chosen by it; and which lines belong to which mutants."""
        parts, at, spans = [], 0, []
        for change, mutants in zip(self.changes, self.mutants):
            tests = {n: f"pith::mutation::is({numbers[mutant.name]})" for n, mutant in enumerate(mutants) if mutant.name in numbers}
            if not tests:
                continue
            parts.append(self.text[at:change.begin])
            first = "".join(parts).count("\n") + 1
            parts.append(rewritten(change, self.source, tests))
            spans.append((first, first + parts[-1].count("\n"), [mutants[n].name for n in tests]))
            at = change.end
        text = "".join(parts) + self.text[at:]
        text, lead = (text.replace("#pragma once", '#pragma once\n#include "kernel/memory/mutation.h"', 1), 1) \
            if self.name.endswith(".h") else ('#include "kernel/memory/mutation.h"\n' + text, 1)
        return text, [(begin + lead, end + lead, names) for begin, end, names in spans]


def write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


class Kernels:
    """All mutants, and the programs that can be each of them."""

    def __init__(self) -> None:
        names = sorted(str(path.relative_to(ROOT)) for part in MUTATED for path in
                       ([ROOT / part] if (ROOT / part).is_file() else (ROOT / part).rglob("*")) if path.suffix in (".h", ".cpp"))
        names = [name for name in names if name not in NOT_ON_THE_HOST]
        self.files = [File(name) for name in names]
        every = [mutant for file in self.files for of_change in file.mutants for mutant in of_change]
        self.numbers = {mutant.name: number for number, mutant in enumerate(every)}
        self.by_name = {mutant.name: mutant for mutant in every}
        known = FOLDER / "unbuildable.json"
        self.unbuildable = set(json.loads(known.read_text()) if known.exists() else []) & set(self.by_name)

    def mutants(self) -> Iterator[Mutant]:
        return (mutant for mutant in self.by_name.values() if mutant.name not in self.unbuildable)

    def digest(self) -> str:
        """Of all that a verdict depends on."""
        total = hashlib.sha1()
        for folder in ("kernel", "base", "abi", "tests/unit", "tests/model", "tools/mutation"):
            for path in sorted((ROOT / folder).rglob("*")):
                if path.is_file() and "x86_64" not in path.parts and "__pycache__" not in path.parts:
                    total.update(path.read_bytes())
        return total.hexdigest()[:12]

    def _lay_out(self) -> dict[str, list[tuple[int, int, list[str]]]]:
        TREE.mkdir(parents=True, exist_ok=True)
        for path in ROOT.iterdir():
            link = TREE / path.name
            if path.name not in ("kernel", "build", ".git", "__pycache__") and not link.is_symlink():
                link.symlink_to(path)
        numbers = {name: number for name, number in self.numbers.items() if name not in self.unbuildable}
        spans = {}
        mutated = {file.name: file for file in self.files}
        present = set()
        for path in (ROOT / "kernel").rglob("*"):
            name = str(path.relative_to(ROOT))
            if path.is_dir() or "x86_64" in path.parts and path.suffix == ".S":
                continue
            text = path.read_text()
            if name in mutated:
                text, spans[name] = mutated[name].with_choices(numbers)
            write(TREE / name, text)
            present.add(TREE / name)
        write(TREE / "kernel/memory/mutation.h", CHOICE)
        write(TREE / "kernel/memory/mutation.cpp", CHOICE_SOURCE)
        for path in list((TREE / "kernel").rglob("*")):
            if path.is_file() and path not in present and not path.name.startswith("mutation."):
                path.unlink()
        return spans

    def build(self, targets: list[str]) -> None:
        """What does not compile is left out, and counted."""
        for _ in range(12):
            spans = self._lay_out()
            said = self._compile(targets)
            if said is None:
                return
            before = len(self.unbuildable)
            for kind in ("error", "note"):
                if len(self.unbuildable) == before:
                    for file, line in re.findall(rf"(?:source|include/kernel)/(kernel/[\w/.]+):(\d+):\d+: {kind}", said):
                        self._leave_out(spans.get(file, []), int(line))
            (FOLDER / "unbuildable.json").write_text(json.dumps(sorted(self.unbuildable)))
            if len(self.unbuildable) == before:
                raise Failure("the mutants do not compile:\n" + "\n".join(said.splitlines()[-40:]))
        raise Failure("the mutants do not compile")

    def _leave_out(self, spans: list[tuple[int, int, list[str]]], line: int) -> None:
        for begin, end, names in spans:
            if begin <= line <= end:
                # The lines are: an opening one, one a mutant, the original.
                lines = end - begin + 1
                first = begin + (lines - 1 - len(names))
                chosen = names[line - first] if first <= line < first + len(names) else None
                self.unbuildable.update([chosen] if chosen else names)

    def _compile(self, targets: list[str]) -> str | None:
        if not (PROGRAMS / "build.ninja").exists():
            configure = subprocess.run(["cmake", "-S", str(TREE), "-B", str(PROGRAMS), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None",
                                        f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/cmake/toolchain-host.cmake", "-DPITH_HOST=ON",
                                        "-DPITH_SANITIZERS=OFF"], capture_output=True, text=True, check=False)
            if configure.returncode:
                shutil.rmtree(PROGRAMS, ignore_errors=True)
                raise Failure(f"configuring the mutants failed:\n{configure.stderr}")
        done = subprocess.run(["cmake", "--build", str(PROGRAMS), "--", "-k", "0", *targets], capture_output=True, text=True,
                              check=False, env=dict(os.environ, NINJA_STATUS=""))
        return None if not done.returncode else done.stdout + done.stderr
