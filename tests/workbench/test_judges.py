"""The judges of system tests whose verdict is no single line."""
from __future__ import annotations

import pathlib
import re
import sys
import unittest
import unittest.mock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/system"), str(ROOT / "tests/model")]

import hostile  # noqa: E402
import judge_results  # noqa: E402
import run  # noqa: E402
from case import Case, Outcome  # noqa: E402
from pithlib.guest import EmulatorCrash  # noqa: E402


def fuzzed(calls: int = 1_000_200, used: int = 900, checks: int = 128) -> Outcome:
    return Outcome(output="PASS 20010 calls by chance, seed 1, 12 processes, 100 of 100 frames in use\n"
                          "memory: 500 KiB, 900 KiB used, 1 KiB free\n"
                          f"PASS {calls} calls by chance, seed 1, 700 processes, 100 of 100 frames in use\n"
                          f"memory: 500 KiB, {used} KiB used, 1 KiB free\n",
                   log=f"[1] 0 info check: 64 checks passed in 524288 entries, 90 objects\n"
                       f"[2] 0 info check: {checks} checks passed in 1048576 entries, 90 objects\n")


class Judges(unittest.TestCase):
    def test_calls_by_chance(self) -> None:
        self.assertEqual(hostile.judge_fuzz(fuzzed(), 1_000_000), "")
        self.assertIn("not 1000000 calls", hostile.judge_fuzz(fuzzed(calls=999_999), 1_000_000))
        self.assertIn("KiB used", hostile.judge_fuzz(fuzzed(used=904), 1_000_000))
        self.assertIn("too few checks", hostile.judge_fuzz(fuzzed(checks=32), 1_000_000))

    def test_calls_by_chance_that_end_early(self) -> None:
        outcome = fuzzed()
        outcome.output = outcome.output[:outcome.output.rindex("PASS")]
        self.assertIn("not two rounds", hostile.judge_fuzz(outcome, 1_000_000))

    def test_explorations(self) -> None:
        def said(states: int, *, leave_out: str = "", add: int = 0) -> list[str]:
            names = {name: int(number) for name, number in
                     re.findall(r"^    (\w+) =\s*(\d+),", (ROOT / "base/error.h").read_text(), re.MULTILINE)}
            results = {call: {judge_results.SUCCESS, judge_results.ENDS} | {names[error] for error in errors if error != leave_out}
                       for call, errors in judge_results.contract.errors_of_calls(ROOT).items()}
            results["Sleep"] |= {add}
            return judge_results.judge(results, states, 1_000_000)
        self.assertEqual(said(1_000_000), [])
        self.assertEqual(said(999_999), ["only 999,999 states were met, not 1,000,000"])
        self.assertIn("Sleep never fails with cancelled", said(1_000_000, leave_out="cancelled"))
        self.assertEqual(said(1_000_000, add=1), ["Sleep fails with bad_handle, which docs/abi.md does not say"])

    def test_a_crash_of_the_emulator_is_not_a_result(self) -> None:
        def crashes(times: int):
            left = [times]

            def attempt(case: Case) -> tuple[Case, str, float, Outcome]:
                left[0] -= 1
                if left[0] >= 0:
                    raise EmulatorCrash("QEMU itself crashed")
                return case, "", 1.0, Outcome()
            return attempt
        for times, why in ((0, ""), (1, ""), (2, ""), (3, "QEMU itself crashed")):
            with unittest.mock.patch.object(run, "run_case", crashes(times)):
                _, said, _, outcome = run.run_to_an_end(Case(name="any"))
            self.assertEqual(said, why)
            self.assertEqual(outcome.note.count("crashed"), times % run.ATTEMPTS)


if __name__ == "__main__":
    unittest.main()
