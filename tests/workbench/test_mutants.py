"""The tool that makes mistakes: it finds places, names them for good, and writes what compiles to the same thing."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import mutants  # noqa: E402
from mutation import sample  # noqa: E402
from mutation.kernels import Kernels  # noqa: E402
from mutation.operators import changes, rewritten  # noqa: E402
from mutation.statements import Source  # noqa: E402

CODE = """
namespace pith {
enum class Kind { one, two }; // not a { place
constexpr int twice(int a) { return a + 1; }
class Thing {
  public:
    void add(int n) { count_ += n; }

  private:
    int count_{0};
};
Result<int> Thing::take(Caller& caller, int n) {
    const int wanted = n + 1;
    if (n < 0 || n > limit) return fail(Error::bad_argument); // "if (x) y;"
    if (broken()) panic("never");
    for (int i = 0; i < n; ++i)
        queue_.remove(i);
    while (Node* next = first_) {
        use(*next);
    }
    return wanted;
}
} // namespace pith
"""


def made(code: str) -> set[tuple[str, str, str]]:
    source = Source(code)
    return {(change.place.function, re.sub(r"\s+", " ", source.clean[change.place.begin:change.place.end]).strip(), variant.what)
            for change in changes(source) for variant in change.variants}


class Mutants(unittest.TestCase):
    def test_mistakes_are_made_where_there_is_code(self) -> None:
        found = made(CODE)
        self.assertIn(("Thing::add", "count_ += n;", "left out"), found)
        self.assertIn(("Thing::take", "n < 0 || n > limit", "never so"), found)
        self.assertIn(("Thing::take", "queue_.remove(i);", "left out"), found)
        self.assertIn(("Thing::take", "Node* next = first_", "never so"), found)
        self.assertTrue(any("bad_argument is denied" in what for _, _, what in found))
        self.assertTrue(any("no +" in what for _, code, what in found if code == "const int wanted = n + 1;"))
        self.assertFalse(any("twice" in function or "broken" in code or "panic" in code for function, code, _ in found))

    def test_every_mistake_stands_beside_what_is_right(self) -> None:
        source = Source(CODE)
        change = next(c for c in changes(source) if source.clean[c.begin:c.end].startswith("n < 0"))
        lines = rewritten(change, source, {n: f"is({n})" for n in range(len(change.variants))}).splitlines()
        self.assertEqual(len(lines), len(change.variants) + 1)
        self.assertEqual(lines[-1], "bool(n < 0 || n > limit)")
        self.assertEqual(len(set(lines)), len(lines))

    def test_a_mutant_keeps_its_name_when_lines_move(self) -> None:
        self.assertEqual(made(CODE), made(CODE.replace("namespace pith {\n", "namespace pith {\n\n\n// and a comment\n", 1)))

    def test_there_are_many_and_no_two_of_a_name(self) -> None:
        every = list(Kernels().by_name.values())
        self.assertGreater(len(every), 2000)
        standing = [mutant for mutant in every if mutants.standing(mutant)]
        self.assertGreater(len(standing), 200)

    def test_what_is_explained_is_there(self) -> None:
        self.assertEqual(set(mutants.explained()) - set(Kernels().by_name), set())
        self.assertFalse([name for name, why in mutants.explained().items() if len(why) < 20])

    def test_the_sample_has_some_of_every_kind(self) -> None:
        chosen = sample.choose(Kernels())
        self.assertEqual(len(chosen), sample.SOME)
        self.assertLessEqual({"check", "unlink", "charge", "wake-up", "comparison"}, {one.kind for one in chosen})
        self.assertFalse({one.mutant.name for one in chosen} & set(mutants.explained()))


if __name__ == "__main__":
    unittest.main()
