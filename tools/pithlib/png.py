"""Pictures of the screen as small PNG files: the few colours that are on it, and a number of these for each point
(Portable Network Graphics, second edition, 11.2.2 and on)."""
from __future__ import annotations

import struct
import zlib


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def of_ppm(ppm: bytes) -> bytes:
    kind, size, _, points = ppm.split(b"\n", 3)
    width, height = map(int, size.split())
    assert kind == b"P6"
    pixels = [points[at:at + 3] for at in range(0, 3 * width * height, 3)]
    palette = {colour: number for number, colour in enumerate(sorted(set(pixels)))}
    if len(palette) > 256:
        header, rows, colours = (8, 2), [points[3 * width * y:3 * width * (y + 1)] for y in range(height)], b""
    else:
        bits = next(bits for bits in (1, 2, 4, 8) if len(palette) <= 1 << bits)
        numbers = bytes(map(palette.__getitem__, pixels))
        header, colours = (bits, 3), _chunk(b"PLTE", b"".join(palette))
        rows = [_packed(numbers[width * y:width * (y + 1)], bits) for y in range(height)]
    lines = b"".join(b"\0" + row for row in rows)  # none of them filtered: for text that is the smallest
    return (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, *header, 0, 0, 0)) + colours +
            _chunk(b"IDAT", zlib.compress(lines, 9)) + _chunk(b"IEND", b""))


def _packed(numbers: bytes, bits: int) -> bytes:
    """The first one in the highest bits."""
    each = 8 // bits
    numbers += bytes(-len(numbers) % each)
    parts = [numbers[start::each] for start in range(each)]
    return bytes(sum(number << bits * (each - 1 - place) for place, number in enumerate(group)) for group in zip(*parts))
