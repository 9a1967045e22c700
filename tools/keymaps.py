#!/usr/bin/env python3
"""Debian's keymaps (console-data), read by loadkeys, as a C++ source for servers/console/keymap.h.

keymaps.py OUTPUT NAME=FILE..."""
from __future__ import annotations

import re
import string
import subprocess
import sys
import unicodedata

KEYS = 128
TABLES = ("plain_map", "shift_map", "altgr_map", "shift_altgr_map")
LETTER, DEAD, VALUE = 0x8000, 0x4000, 0x3FFF
# linux/keyboard.h: the kinds of symbols that are characters.
LATIN, DEAD_KIND, LETTER_KIND, DEAD2_KIND = 0x0, 0x4, 0xB, 0xD
COMBINING = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", ",": "\u0327"}
OLD_CURRENCY, EURO = 0xA4, 0x20AC  # maps for ISO 8859-1 have the one where keyboards have the other
DIACRITICS = "`'^~\","  # by the number of a dead key (linux/keyboard.h, K_DGRAVE and on)


def symbol(raw: int) -> int:
    """One of ours for one of the kernel's: 0 for what is no character."""
    if raw < 0xF000:
        return EURO if raw == OLD_CURRENCY else raw if raw <= VALUE else 0
    kind, value = raw >> 8 & 0xF, raw & 0xFF
    if kind == LATIN and value >= 32 and value != 127:
        return value
    if kind == LETTER_KIND:
        return value | LETTER
    if kind == DEAD_KIND and value < len(DIACRITICS):
        return ord(DIACRITICS[value]) | DEAD
    if kind == DEAD2_KIND and chr(value) in COMBINING:
        return value | DEAD
    return 0


def table(text: str, name: str) -> list[int]:
    match = re.search(rf"\b{name}\[NR_KEYS\] = \{{(.*?)\}};", text, re.DOTALL)
    numbers = [int(word, 16) for word in re.findall(r"0x[0-9a-f]+", match[1])] if match else []
    return ([symbol(number) for number in numbers] + [0] * KEYS)[:KEYS]


def accents() -> list[tuple[int, int, int]]:
    """What an accent makes of a letter, by Unicode's composition; before a blank it stands for itself."""
    rows = [(ord(accent), ord(" "), ord(accent)) for accent in COMBINING]
    for accent, mark in COMBINING.items():
        for letter in string.ascii_letters:
            composed = unicodedata.normalize("NFC", letter + mark)
            if len(composed) == 1 and ord(composed) <= VALUE:
                rows.append((ord(accent), ord(letter), ord(composed)))
    return rows


def main() -> None:
    output, *keymaps = sys.argv[1:]
    lines = ['#include "servers/console/keymap.h"', "", "namespace pith::os::console {", "namespace {", ""]
    rows = ", ".join(f"{{{accent}, {base}, {result}}}" for accent, base, result in accents())
    lines.append(f"constexpr std::array<Keymap::Accent, {len(accents())}> accents{{{{{rows}}}}};")
    entries = []
    for keymap in keymaps:
        name, path = keymap.split("=", 1)
        text = subprocess.run(["loadkeys", "-q", "-u", "--mktable", path], capture_output=True, text=True, check=True).stdout
        tables = ", ".join("{" + ", ".join(map(str, table(text, each))) + "}" for each in TABLES)
        entries.append(f'    Keymap{{"{name}", {{{{{tables}}}}}, accents}},')
    lines += ["", "constexpr std::array all{", *entries, "};", "",
              "} // namespace", "", "std::span<const Keymap> keymaps() { return all; }", "", "} // namespace pith::os::console", ""]
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


if __name__ == "__main__":
    main()
