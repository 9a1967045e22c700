"""What benchmarks make of rows, and of what QEMU notes."""
from __future__ import annotations

import collections
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from pithlib import bench, census  # noqa: E402

TARGETS = [bench.Target("plain", "a path", 190), bench.Target("crowd", "the same", 190, same_as="plain"), bench.Target("other", "another"), bench.Target("late", "how late", 20, worst=True)]


def complaints(*rows: str) -> list[str]:
    return bench.complaints(TARGETS, bench.rows_in(row.split() for row in rows))


class Complaints(unittest.TestCase):
    def test_none(self) -> None:
        self.assertEqual(complaints("row plain 180 188 1900 1", "row crowd 180 188 190 1", "words", "row other 1 2 1000 1",
                                    "row late 1 2 20 1"), [])

    def test_too_much(self) -> None:
        self.assertEqual(complaints("row plain 188 191 191 1", "row crowd 188 191 191 1", "row other 1 1 1 1", "row late 1 1 21 1"),
                         ["plain takes 191, of which 190 are allowed", "crowd takes 191, of which 190 are allowed",
                          "late takes 21, of which 20 are allowed"])

    def test_another_path(self) -> None:
        self.assertEqual(complaints("row plain 180 180 180 1", "row crowd 181 181 181 1", "row other 1 1 1 1", "row late 1 1 1 1"),
                         ["crowd takes 181, but plain 180"])

    def test_a_row_that_is_missing(self) -> None:
        self.assertEqual(complaints("row plain 1 1 1 1", "row crowd 1 1 1 1", "row late 1 1 1 1"), ["there is no row other"])


class Census(unittest.TestCase):
    DEAR = {100: "locked", 101: "cr3"}
    STAMPS = {1: {census.OPENS}, 2: {census.CLOSES}, **{10 + step: {census.ROW_DONE} for step in range(census.STEPS)}}
    DONE = range(10, 10 + census.STEPS)

    def rows(self, *executed: int) -> list[list[collections.Counter]]:
        return list(census.follow(executed, self.DEAR, self.STAMPS))

    def test_what_lies_between_two_stamps(self) -> None:
        self.assertEqual(self.rows(100, 1, 100, 101, 2, 101, 1, 100, 2, *self.DONE),
                         [[{"locked": 1, "cr3": 1}, {"locked": 1}]])

    def test_another_program_at_the_same_addresses(self) -> None:
        self.assertEqual(self.rows(1, 2, 1, 2, 1, 100, 2, *self.DONE), [[{"locked": 1}]])

    def test_a_row_is_done_when_all_steps_are(self) -> None:
        self.assertEqual(self.rows(1, 100, 2, 10, 11, *self.DONE), [[{"locked": 1}]])


if __name__ == "__main__":
    unittest.main()
