"""What counts as a branch, and which branches are missing."""
from __future__ import annotations

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from pithlib import coverage

SOURCE = ["if (first) go();", "if (broken)", '    panic("no");', "switch (kind) {", "if (constant) go();", "TRY(take());"]


def entry(branches: list[list[int]], expansions: list[dict] | None = None) -> dict:
    """Lines 1 to 6 are run; what stands behind them is not."""
    return {"summary": {"lines": {"count": 7, "covered": 6}}, "branches": branches, "expansions": expansions or [],
            "segments": [[1, 1, 3, True, True, False], [7, 1, 0, True, True, False]]}


class Branches(unittest.TestCase):
    def count(self, *arguments: object) -> tuple[coverage.Count, list[str]]:
        return coverage._count(entry(*arguments), SOURCE)  # type: ignore[arg-type]

    def test_each_way_is_one(self) -> None:
        count, missing = self.count([[1, 5, 1, 10, 4, 0]])
        self.assertEqual((count.branches, count.branches_taken), (2, 1))
        self.assertEqual(missing, ["1: never false: first"])

    def test_uses_of_a_template_are_put_together(self) -> None:
        count, missing = self.count([[1, 5, 1, 10, 4, 0], [1, 5, 1, 10, 0, 2]])
        self.assertEqual((count.branches, count.branches_taken), (2, 2))
        self.assertEqual(missing, [])

    def test_the_way_to_a_panic_is_told_apart(self) -> None:
        count, missing = self.count([[2, 5, 2, 11, 0, 9]])
        self.assertEqual((count.branches, count.panics), (1, 1))
        self.assertEqual(missing, [])

    def test_none_of_all_cases_is_no_branch(self) -> None:
        self.assertEqual(self.count([[4, 9, 4, 13, 0, 8]])[0].branches, 0)

    def test_a_constant_is_none_unless_it_is_not_reached(self) -> None:
        self.assertEqual(self.count([[5, 5, 5, 13, 0, 0]])[0].branches, 0)
        SOURCE.append("if (late) go();")
        self.addCleanup(SOURCE.pop)
        self.assertEqual(len(self.count([[7, 5, 7, 9, 0, 0]])[1]), 2)

    def test_what_a_macro_comes_to_counts_where_it_is_used(self) -> None:
        count, missing = self.count([], [{"source_region": [6, 1, 6, 4], "branches": [[20, 9, 20, 13, 0, 5]]}])
        self.assertEqual(count.branches, 2)
        self.assertEqual(missing, ["6: never true: TRY"])


if __name__ == "__main__":
    unittest.main()
