#!/usr/bin/env python3
"""Mutants of the portable kernel: kernels with one mistake each, which the tests on the host have to notice.

  mutants.py [--minutes M] [--all] [--only REGEX] [--seed S]   judges the standing set, or all; goes on where it stopped
  mutants.py --list [--all] [--only REGEX]                     only says what they are

Mistakes are made mechanically from the sources (tools/mutation/operators.py), and named by file, function, statement and
mistake, so a name stays as long as the statement does. tests/mutants/survivors.txt says of each that nobody notices why that
is right; who is not named there must be noticed."""
from __future__ import annotations

import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from mutation.judge import EXPLORER, UNIT, Judge
from mutation.kernels import FOLDER, PROGRAMS, Kernels, Mutant
from pithlib import ROOT

SURVIVORS = ROOT / "tests/mutants/survivors.txt"
ONE_IN = 8  # mutants make the standing set
REQUIRED = 95.0  # per cent


def explained() -> dict[str, str]:
    """Why nobody need notice a mutant, by its name."""
    reasons = {}
    for line in SURVIVORS.read_text().splitlines():
        match = re.match(r"([0-9a-f]{8})\s+(.*)", line)
        if match:
            reasons[match[1]] = match[2]
    return reasons


def standing(mutant: Mutant) -> bool:
    return int(mutant.name, 16) % ONE_IN == 0


class Verdicts:
    """What was found out so far about these sources."""

    def __init__(self, digest: str):
        self.path = FOLDER / "verdicts.json"
        self.digest = digest
        self.known: dict[str, str] = {}
        self.lock = threading.Lock()  # several are judged at a time
        if self.path.exists():
            kept = json.loads(self.path.read_text())
            self.known = kept["verdicts"] if kept["digest"] == digest else {}

    def note(self, name: str, verdict: str) -> None:
        with self.lock:
            self.known[name] = verdict
            temporary = self.path.with_suffix(".new")
            temporary.write_text(json.dumps({"digest": self.digest, "verdicts": self.known}, indent=0))
            temporary.replace(self.path)


def judge_all(kernels: Kernels, chosen: list[Mutant], minutes: float, seed: int) -> Verdicts:
    end = time.monotonic() + minutes * 60
    kernels.build([*UNIT, EXPLORER])
    verdicts = Verdicts(kernels.digest())
    systems = subprocess.run([str(PROGRAMS / "tests/model" / EXPLORER), "systems"], capture_output=True, text=True, check=True)
    judge = Judge(systems.stdout.split(), kernels.digest())
    left = [mutant for mutant in chosen if mutant.name not in verdicts.known and mutant.name not in kernels.unbuildable]
    random.Random(seed).shuffle(left)

    def try_one(mutant: Mutant) -> None:
        if time.monotonic() < end:
            verdict = judge.verdict(kernels.numbers[mutant.name])
            verdicts.note(mutant.name, verdict)
            print(f"{'killed' if verdict not in ('', '-') else 'SURVIVES'} {mutant} [{verdict}]", flush=True)

    with ThreadPoolExecutor(judge.jobs) as pool:
        list(pool.map(try_one, left))
    return verdicts


def report(kernels: Kernels, chosen: list[Mutant], verdicts: Verdicts) -> int:
    reasons = explained()
    built = [mutant for mutant in chosen if mutant.name not in kernels.unbuildable]
    judged = [mutant for mutant in built if mutant.name in verdicts.known]
    surviving = [mutant for mutant in judged if verdicts.known[mutant.name] in ("", "-")]
    unexplained = [mutant for mutant in surviving if mutant.name not in reasons]
    for mutant in unexplained:
        where = "no test gets there" if verdicts.known[mutant.name] == "-" else "no test notices"
        print(f"unexplained: {mutant} ({where})")
    killed = len(judged) - len(surviving)
    share = 100.0 * killed / max(len(judged), 1)
    print(f"{len(chosen)} mutants, {len(chosen) - len(built)} do not compile, {len(judged)} judged, {killed} killed "
          f"({share:.1f} %), {len(surviving)} survive, {len(unexplained)} of these unexplained")
    return 0 if judged and share >= REQUIRED and not unexplained else 1


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="mutants.py")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(arguments)
    kernels = Kernels()
    chosen = [m for m in kernels.mutants() if (options.all or standing(m)) and re.search(options.only, str(m))]
    if options.list:
        for mutant in chosen:
            print(mutant)
        print(f"{len(chosen)} mutants")
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    return report(kernels, chosen, judge_all(kernels, chosen, options.minutes, options.seed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
