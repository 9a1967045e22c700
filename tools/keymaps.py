#!/usr/bin/env python3
"""Debian's keymaps (console-data), read by loadkeys, as a C++ source for servers/console/keymap.h.

keymaps.py OUTPUT NAME=FILE..."""
from __future__ import annotations

import re
import subprocess
import sys

KEYS = 128
TABLES = ("plain_map", "shift_map", "altgr_map", "shift_altgr_map")
LETTER, DEAD, VALUE = 0x8000, 0x4000, 0x3FFF
# linux/keyboard.h: the kinds of symbols that are characters.
LATIN, DEAD_KIND, LETTER_KIND, DEAD2_KIND = 0x0, 0x4, 0xB, 0xD
OLD_CURRENCY, EURO = 0xA4, 0x20AC  # maps for ISO 8859-1 have the one where keyboards have the other
# Accents, as they stand for themselves: by the number of a dead key (linux/keyboard.h, K_DGRAVE and on), and by Linux's sign for them.
ACCENTS = "`\u00b4^~\u00a8\u00b8"
SIGNS = dict(zip("`'^~\",", ACCENTS))
# A map for ISO 8859-15 that says what ISO 8859-1 has in the same places.
LATIN9 = dict(zip("\u00bc\u00bd\u00be", "\u0152\u0153\u0178"))

VOWELS = {18: "é", 22: "ú", 23: "í", 24: "ó", 30: "á"}  # by their keys
BRITISH = {key: {2: vowel, 3: vowel.upper()} for key, vowel in VOWELS.items()} | {5: {2: "€"}, 41: {2: "¦"}}
# What Debian's maps lack of a third level: by key and table, characters, or accents of dead keys with DEAD before them.
ADDED = {
    "uk": BRITISH,
    "uk-extended": BRITISH | {3: {2: "DEAD\u00a8"}, 7: {2: "DEAD^"}, 40: {2: "DEAD\u00b4"}, 43: {2: "DEAD~"}, 41: {0: "DEAD`", 2: "¦"}},
}


def symbol(raw: int) -> int:
    """One of ours for one of the kernel's: 0 for what is no character."""
    if raw < 0xF000:
        return EURO if raw == OLD_CURRENCY else raw if raw <= VALUE else 0
    kind, value = raw >> 8 & 0xF, raw & 0xFF
    if kind == LATIN and value >= 32 and value != 127:
        return value
    if kind == LETTER_KIND:
        return value | LETTER
    if kind == DEAD_KIND and value < len(ACCENTS):
        return ord(ACCENTS[value]) | DEAD
    if kind == DEAD2_KIND and chr(value) in SIGNS:
        return ord(SIGNS[chr(value)]) | DEAD
    return 0


def table(text: str, name: str) -> list[int]:
    match = re.search(rf"\b{name}\[NR_KEYS\] = \{{(.*?)\}};", text, re.DOTALL)
    numbers = [int(word, 16) for word in re.findall(r"0x[0-9a-f]+", match[1])] if match else []
    return ([symbol(number) for number in numbers] + [0] * KEYS)[:KEYS]


def read(name: str, path: str) -> list[list[int]]:
    """The tables of a keymap. A third level that has nothing new is none: its key is another Alt."""
    text = subprocess.run(["loadkeys", "-q", "-u", "--mktable", path], capture_output=True, text=True, check=True).stdout
    tables = [table(text, each) for each in TABLES]
    if "latin9" in path:
        tables = [[ord(LATIN9.get(chr(entry & VALUE), chr(entry & VALUE))) | entry & ~VALUE for entry in each] for each in tables]
    for key, levels in ADDED.get(name, {}).items():
        for level, what in levels.items():
            kind = DEAD if what.startswith("DEAD") else LETTER if what.isalpha() else 0
            tables[level][key] = ord(what[-1]) | kind
    known = {entry & VALUE for each in tables[:2] for entry in each}
    if all(entry & VALUE in known and not entry & DEAD for each in tables[2:] for entry in each):
        tables[2:] = [[0] * KEYS, [0] * KEYS]
    return tables


def main() -> None:
    output, *keymaps = sys.argv[1:]
    lines = ['#include "servers/console/keymap.h"', "", "namespace pith::os::console {", "namespace {", ""]
    entries = []
    for keymap in keymaps:
        name, path = keymap.split("=", 1)
        tables = read(name, path)
        text = ", ".join("{" + ", ".join(map(str, each)) + "}" for each in tables)
        has_third_level = "true" if any(tables[2]) else "false"
        entries.append(f'    Keymap{{"{name}", {{{{{text}}}}}, {has_third_level}}},')
    lines += ["", "constexpr std::array all{", *entries, "};", "",
              "} // namespace", "", "std::span<const Keymap> keymaps() { return all; }", "", "} // namespace pith::os::console", ""]
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


if __name__ == "__main__":
    main()
