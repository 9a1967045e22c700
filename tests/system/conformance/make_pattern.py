"""Writes the file whose bytes the conformance kernel expects."""

import sys

state = 1
pattern = bytearray()
for _ in range(300_001):
    state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
    pattern.append(state >> 24)
with open(sys.argv[1], "wb") as file:
    file.write(pattern)
