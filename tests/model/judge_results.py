#!/usr/bin/env python3
"""What all explorations together came to, FOLDER/SYSTEM.results: each call has to have succeeded, and failed with each
error that docs/abi.md lists for it, and with no other one; and so many states have to have been met, if a number follows."""
from __future__ import annotations

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import contract  # noqa: E402

SUCCESS, WAITS, ENDS = 0, 62, 63  # as in coverage.h
ENDS_ITSELF = {"ThreadExit", "ProcessExit"}
UNPOWERED = {"SystemPower"}  # the simulated machine has no power management


def read(folder: pathlib.Path) -> tuple[dict[str, set[int]], list[str], int]:
    """Call -> results, a line a system, and how many states there were."""
    results: dict[str, set[int]] = {}
    lines, states = [], 0
    for path in sorted(folder.glob("*.results")):
        head, *rest = path.read_text().splitlines()
        count, depth = map(int, head[1:].split())
        if depth:  # not a walk
            states += count
            lines.append(f"{path.stem}: {count:,} states, all within {depth} steps of the start")
        for line in rest:
            name, *numbers = line.split()
            results.setdefault(name, set()).update(map(int, numbers))
    lines.append(f"{states:,} states in all")
    return results, lines, states


def judge(results: dict[str, set[int]], states: int, least: int) -> list[str]:
    names = {int(number): name for name, number in
             re.findall(r"^    (\w+) =\s*(\d+),", (ROOT / "base/error.h").read_text(), re.MULTILINE)}
    found = [] if states >= least else [f"only {states:,} states were met, not {least:,}"]
    for call, listed in contract.errors_of_calls(ROOT).items():
        reached = results.get(call, set())
        if SUCCESS not in reached and call not in UNPOWERED and not (call in ENDS_ITSELF and ENDS in reached):
            found.append(f"{call} never succeeds")
        errors = {names[number] for number in reached - {SUCCESS, WAITS, ENDS}}
        found += [f"{call} never fails with {error}" for error in sorted(listed - errors)]
        found += [f"{call} fails with {error}, which docs/abi.md does not say" for error in sorted(errors - listed)]
    return found


def main() -> int:
    results, lines, states = read(pathlib.Path(sys.argv[1]))
    found = judge(results, states, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print("\n".join([*found, *lines]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
