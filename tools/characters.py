#!/usr/bin/env python3
"""What terminals need to know of Unicode, from Python's copy of its database, as a C++ source for base/characters.h.

characters.py OUTPUT"""
from __future__ import annotations

import sys
import unicodedata
from typing import Callable

END = 0x110000
SOFT_HYPHEN = 0xAD
JAMO = range(0x1160, 0x1200)  # the vowels and final consonants of Hangul, which stand in the cell of the first one
MARKS = range(0x300, 0x370)
COMPOSED = 0x530  # of what is composed, this much: Latin, Greek and Cyrillic, which a console's font may have
IDEOGRAPHS = range(0x20000, 0x3FFFE)  # wide, also where nothing has been assigned yet


def assigned(code: int) -> bool:
    return unicodedata.category(chr(code)) != "Cn"


def is_zero(code: int) -> bool:
    return code in JAMO or (unicodedata.category(chr(code)) in ("Mn", "Me", "Cf") and code != SOFT_HYPHEN)


def is_double(code: int) -> bool:
    if code in IDEOGRAPHS:
        return True
    return assigned(code) and not is_zero(code) and unicodedata.east_asian_width(chr(code)) in ("W", "F")


def ranges(belongs: Callable[[int], bool]) -> list[tuple[int, int]]:
    """First and last of each; what nobody has assigned between two of them goes with them, so that they are few."""
    found: list[tuple[int, int]] = []
    joins = False
    for code in range(END):
        if belongs(code):
            found.append((found.pop()[0], code) if joins else (code, code))
            joins = True
        elif assigned(code):
            joins = False
    return found


def compositions() -> list[tuple[int, int, int]]:
    rows = []
    for code in range(COMPOSED):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) != 2 or parts[0].startswith("<"):
            continue
        base, mark = (int(part, 16) for part in parts)
        if mark in MARKS and unicodedata.normalize("NFC", chr(base) + chr(mark)) == chr(code):
            rows.append((base, mark, code))
    return sorted(rows)


def table(kind: str, name: str, rows: list[tuple[int, ...]]) -> list[str]:
    entries = ", ".join("{" + ", ".join(map(str, row)) + "}" for row in rows)
    return [f"constexpr std::array<{kind}, {len(rows)}> {name}{{{{{entries}}}}};"]


def main() -> None:
    (output,) = sys.argv[1:]
    lines = ['#include "base/character_tables.h"', "", "namespace pith {", "namespace {", ""]
    lines += table("CharacterRange", "zeros", ranges(is_zero))
    lines += table("CharacterRange", "doubles", ranges(is_double))
    lines += table("Composition", "composed", compositions())
    lines += ["", "} // namespace", ""]
    for function, kind, name in (("zero_width_ranges", "CharacterRange", "zeros"), ("double_width_ranges", "CharacterRange", "doubles"),
                                 ("compositions", "Composition", "composed")):
        lines.append(f"std::span<const {kind}> {function}() {{ return {name}; }}")
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, "", "} // namespace pith", ""]))


if __name__ == "__main__":
    main()
