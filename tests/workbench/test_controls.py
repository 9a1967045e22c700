"""Each control kernel's check is where the table says: a control that cannot be built shows nothing."""
from __future__ import annotations

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/system")]

import controls  # noqa: E402


class Controls(unittest.TestCase):
    def test_every_check_is_there(self) -> None:
        for control in controls.CONTROLS:
            with self.subTest(control.name):
                path = ROOT / control.place()
                self.assertTrue(path.exists(), f"there is no {control.place()}")
                self.assertTrue((ROOT / control.file).exists(), f"there is no {control.file}")
                self.assertIn(control.old, path.read_text())
                self.assertNotEqual(control.old, control.new)

    def test_names_are_distinct(self) -> None:
        names = [control.name for control in controls.CONTROLS]
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
