"""Code that documents show is the code that is compiled and tested."""
from __future__ import annotations

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = "tests/system/example"
SHOWN = {
    "docs/devices.md": [f"{EXAMPLE}/edu.cpp"],
    "docs/write-a-server.md": [f"{EXAMPLE}/board.h", f"{EXAMPLE}/board.cpp", f"{EXAMPLE}/note.cpp"],
}


class Documents(unittest.TestCase):
    def test_code_stands_there_as_it_is_compiled(self) -> None:
        for page, sources in SHOWN.items():
            blocks = re.findall(r"^```cpp\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
            self.assertEqual(len(blocks), len(sources), page)
            for block, source in zip(blocks, sources):
                self.assertEqual(block, (ROOT / source).read_text(), f"{page} shows another {source}")


if __name__ == "__main__":
    unittest.main()
