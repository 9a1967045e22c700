"""Reads the text off a picture of the screen: each cell is looked up among the glyphs of the console's font."""
from __future__ import annotations

import gzip
import pathlib

FONT = pathlib.Path("/usr/share/consolefonts/Uni2-Terminus16.psf.gz")
WIDTH, HEIGHT = 8, 16


def _glyphs() -> dict[bytes, str]:
    """PC Screen Font, version 1: 512 glyphs, then for each the characters that it shows."""
    data = gzip.decompress(FONT.read_bytes())
    mode, height = data[2], data[3]
    count = 512 if mode & 1 else 256
    assert data[:2] == b"\x36\x04" and height == HEIGHT
    table = data[4 + count * height:]
    glyphs: dict[bytes, str] = {}
    at = 0
    for number in range(count):
        characters = []
        while (unit := int.from_bytes(table[at:at + 2], "little")) != 0xFFFF:
            characters.append(unit)
            at += 2
        at += 2
        if characters:
            shape = data[4 + number * height:4 + (number + 1) * height]
            best = min(characters)
            if shape not in glyphs or best < ord(glyphs[shape]):
                glyphs[shape] = chr(best)
    return glyphs


def text_of(path: pathlib.Path) -> str:
    """Lines without what is blank at their ends; U+FFFD where no glyph of the font stands, the cursor as `_`."""
    kind, size, _, points = path.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    assert kind == b"P6"
    glyphs = _glyphs()
    lines = []
    for row in range(height // HEIGHT):
        line = ""
        for column in range(width // WIDTH):
            starts = [3 * (y * width + column * WIDTH) for y in range(row * HEIGHT, (row + 1) * HEIGHT)]
            cell = [points[start:start + 3 * WIDTH] for start in starts]
            background = cell[0][:3]
            shape = bytes(sum(0x80 >> x for x in range(WIDTH) if part[3 * x:3 * x + 3] != background) for part in cell)
            blank = not any(shape)
            line += "_" if blank and max(background) > 100 else " " if blank else glyphs.get(shape, "\ufffd")
        lines.append(line.rstrip())
    return "\n".join(lines).rstrip("\n")
