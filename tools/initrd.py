#!/usr/bin/env python3
"""Packs the initial ram disk: initrd.py OUTPUT PATH=FILE...

A ustar archive that every loader reads: sys/core first, then sys/config, then the rest by name; no "./", times
and owners zero, so that the same inputs give the same bytes. Nothing else may start with the name of one of the
first two, because some loaders compare only the beginning."""
import io
import os
import sys
import tarfile

FIRST = ["sys/core", "sys/config"]
LARGEST = 16 << 20  # what the strictest loader reads


def fail(text):
    sys.exit(f"initrd: {text}")


def parse(arguments):
    files = {}
    for argument in arguments:
        path, _, source = argument.partition("=")
        if not path or not source or path.startswith(("/", "./")) or ".." in path.split("/"):
            fail(f"not a PATH=FILE: {argument}")
        if path in files:
            fail(f"twice in the archive: {path}")
        if len(path) >= 100:
            fail(f"name too long: {path}")
        if path not in FIRST and path.startswith(tuple(FIRST)):
            fail(f"a loader could take it for {FIRST[0]} or {FIRST[1]}: {path}")
        files[path] = source
    return files


def pack(files):
    names = [name for name in FIRST if name in files] + sorted(set(files) - set(FIRST))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in names:
            try:
                with open(files[name], "rb") as source:
                    data = source.read()
            except OSError as error:
                fail(f"{files[name]}: {error.strerror}")
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mode = 0o755 if data[:4] == b"\x7fELF" else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


def main(arguments):
    if not arguments:
        fail("usage: initrd.py OUTPUT PATH=FILE...")
    data = pack(parse(arguments[1:]))
    if len(data) > LARGEST:
        fail(f"{len(data)} bytes are more than some loaders read ({LARGEST})")
    temporary = arguments[0] + ".new"
    with open(temporary, "wb") as output:
        output.write(data)
    os.replace(temporary, arguments[0])


if __name__ == "__main__":
    main(sys.argv[1:])
