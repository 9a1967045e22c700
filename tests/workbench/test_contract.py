"""The check of docs/ against abi/ notices what differs."""
from __future__ import annotations

import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import contract  # noqa: E402


class Contract(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        for name in ("abi", "docs", "kernel/machine/host", "tests/model"):
            shutil.copytree(ROOT / name, self.root / name)
        (self.root / "base").mkdir()
        shutil.copy(ROOT / "base/error.h", self.root / "base/error.h")
        (self.root / "programs").mkdir()
        shutil.copy(ROOT / "programs/uname.cpp", self.root / "programs/uname.cpp")

    def tearDown(self) -> None:
        self.folder.cleanup()

    def findings_after(self, name: str, old: str, new: str) -> list[str]:
        path = self.root / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))
        return contract.check(self.root)

    def test_all_is_well(self) -> None:
        self.assertEqual(contract.check(self.root), [])

    def test_a_call_without_a_row(self) -> None:
        self.assertEqual(self.findings_after("docs/abi.md", "| `ClockRead` |", "| |"),
                         ["docs/abi.md: no row for the call ClockRead"])

    def test_a_row_without_a_call(self) -> None:
        self.assertEqual(self.findings_after("docs/abi.md", "| `ClockRead` |", "| `ClockRead`, `ClockWrite` |"),
                         ["docs/abi.md: there is no call ClockWrite"])

    def test_a_right_of_another_number(self) -> None:
        found = self.findings_after("docs/abi.md", "observe 2, kill 4", "observe 2, kill 8")
        self.assertEqual(len(found), 1)
        self.assertIn("thread: rights", found[0])

    def test_an_error_that_does_not_exist(self) -> None:
        found = self.findings_after("docs/abi.md", "waits until a deadline | `cancelled` |", "waits until a deadline | `canceled` |")
        self.assertEqual(found, ["docs/abi.md: Sleep: there is no error canceled"])

    def test_an_object_without_a_life(self) -> None:
        self.assertEqual(self.findings_after("docs/abi.md", "| timer | `TimerCreate` |", "| clock | `TimerCreate` |"),
                         ["docs/abi.md: does not say how a timer lives"])

    def test_a_cost_of_nothing(self) -> None:
        self.assertEqual(self.findings_after("docs/abi.md", "| `BudgetEnd` | all that ends", "| `BudgetStop` | all that ends"),
                         ["docs/abi.md: there is no call BudgetStop to cost anything"])

    def test_a_feature_without_a_name(self) -> None:
        self.assertEqual(self.findings_after("programs/uname.cpp", "feature::clock_page,", ""),
                         ["programs/uname.cpp: no name for clock_page"])

    def test_a_condition_that_nobody_states(self) -> None:
        found = self.findings_after("docs/assurance.md", "`a slot is lost`", "`a slot is gone`")
        self.assertEqual(found, ["docs/assurance.md: no condition says 'a slot is gone'"])

    def test_another_number_of_conditions(self) -> None:
        self.assertEqual(len(self.findings_after("tests/model/invariants_memory.cpp", "findings.expect(", "expect(")), 1)

    def test_another_version(self) -> None:
        self.assertTrue(self.findings_after("abi/syscalls.h", "u64 version = ", "u64 version = 9"))

    def test_a_file_that_the_host_has_and_nobody_names(self) -> None:
        (self.root / contract.HOST / "more.cpp").write_text("\n" * contract.MOST_HOST_LINES)
        self.assertEqual(len(contract.check(self.root)), 2)


if __name__ == "__main__":
    unittest.main()
