#!/usr/bin/env python3
"""The house's rules that no compiler checks. `lint.py` tells what breaks them, `lint.py --fix` lays out sources.

Each check returns its findings, one line each; tests run them by name."""
from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
from typing import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parents[1]
CODE = (".h", ".cpp", ".S")
FOREIGN = "tests/fuzz/corpus/"  # bytes, whatever they look like
TEXT = CODE + (".py", ".cmake", ".txt", ".md", ".ld", ".json", "")

# The few places where a number becomes a pointer, or an instruction of the processor is named. A path that ends with
# a slash means everything below it.
CASTS = (
    "base/freestanding/", "base/bytes.h", "base/list.h", "base/tree.h",
    "kernel/machine/", "kernel/main.cpp", "kernel/memory/frame_pointer.h", "kernel/memory/frame_allocator.cpp",
    "kernel/memory/slab.cpp", "kernel/memory/slab.h",
    "loader/physical.h", "loader/handoff.cpp", "loader/uefi/main.cpp",
    "os/clock.cpp", "os/entry.cpp", "os/heap.cpp", "os/mapping.h", "os/new.cpp", "os/registers.h",
    "tests/",
)
ASSEMBLY = (
    "base/freestanding/", "kernel/machine/x86_64/",
    "loader/pvh/entry.S", "loader/handoff.S", "loader/processor.h",
    "os/clock.cpp", "os/start.S", "os/guarded_copy.S", "servers/console/font.S", "os/syscall.h", "os/message.cpp", "os/io_ports.h",
    "programs/crash.cpp",
    "tests/bench/stubs.S", "tests/system/attacks/", "tests/system/conformance/", "tests/system/devices/",
    "tests/system/checks/faulttest.S",
)
PREPROCESSOR = ("base/freestanding/",)  # stands in for a libc's headers
LAYERS = {  # who may include whom; CMake says the same to the compiler
    "base": {"base"},
    "abi": {"base", "abi"},
    "bootboot": {"base", "bootboot"},
    "kernel": {"base", "abi", "bootboot", "kernel"},
    "loader": {"base", "bootboot", "loader"},
    "os": {"base", "abi", "os"},
    "proto": {"base", "abi", "os", "proto"},
    "servers": {"base", "abi", "os", "proto", "servers"},
    "programs": {"base", "abi", "os", "proto", "programs"},
}
PROCESSOR = ("kernel/machine/x86_64/", "kernel/main.cpp", "tests/")  # may know which one it is


def tracked() -> list[str]:
    """All files that belong to the project: committed, or about to be."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError):  # no git, or an unpacked archive: all that is not built
        listing = [os.path.relpath(path, ROOT) for path in ROOT.rglob("*")
                   if not {".git", "build", "__pycache__"} & set(path.relative_to(ROOT).parts)]
    return sorted({name for name in listing if name and (ROOT / name).is_file()})


def files(*endings: str) -> Iterator[tuple[str, str]]:
    for name in tracked():
        if pathlib.Path(name).suffix in endings and not name.startswith(FOREIGN):
            try:
                yield name, (ROOT / name).read_text()
            except UnicodeDecodeError:  # a picture
                continue


def code_only(text: str) -> str:
    """The same lines without comments and texts, so that a word in a comment is no finding."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, lambda m: '""' if m[0][0] == '"' else "\n" * m[0].count("\n"), text, flags=re.DOTALL)


def is_in(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or place.endswith("/") and name.startswith(place) for place in places)


def search(pattern: str, allowed: tuple[str, ...], what: str) -> list[str]:
    expression = re.compile(pattern, re.MULTILINE)
    found = []
    for name, text in files(".h", ".cpp"):
        if is_in(name, allowed):
            continue
        code = code_only(text)
        found += [f"{name}:{code.count(chr(10), 0, m.end()) + 1}: {what}" for m in expression.finditer(code)]
    return found


def check_casts() -> list[str]:
    return search(r"\breinterpret_cast\b|\bconst_cast\b|\bstatic_cast<[^<>]*\*>\(static_cast<(const )?void\*>", CASTS, "casts only where hardware or memory is touched")


def check_assembly() -> list[str]:
    outside = [f"{n}: assembly outside its places" for n, _ in files(".S") if not is_in(n, ASSEMBLY)]
    return outside + search(r"\b(__)?asm(__)?\s*(volatile\b|goto\b|\()", ASSEMBLY, "assembly outside its places")


def check_preprocessor() -> list[str]:
    return search(r"^\s*#\s*(if|ifdef|ifndef|elif)\b", PREPROCESSOR, "no conditional compilation")


def check_switches() -> list[str]:
    """Over an enumeration, every case is named, so that a new one does not slip through. Numbers may have others."""
    found = []
    for name, text in files(".h", ".cpp"):
        code = code_only(text)
        for match in re.finditer(r"^\s*default\s*:", code, re.MULTILINE):
            begin = code.rfind("switch", 0, match.start())
            if re.search(r"\bcase\s+[A-Za-z_:]*::", code[begin:match.start()]):
                line = code.count("\n", 0, match.end()) + 1
                found.append(f"{name}:{line}: default in a switch over an enumeration")
    return found


def check_guards() -> list[str]:
    return [f"{name}: no #pragma once" for name, text in files(".h")
            if "#pragma once" not in text and not is_in(name, PREPROCESSOR)]


# File systems share what is around them, and one program has them all.
JOINED = {"ext4": ["disk_files"], "fat": ["disk_files"], "disk_files": ["ext4", "fat"]}


def check_includes() -> list[str]:
    found = []
    for name, text in files(".h", ".cpp", ".S"):
        allowed = LAYERS.get(name.split("/")[0])
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            layer = match[1].split("/")[0]
            if match[1].startswith("../"):
                found.append(f"{name}:{number}: include from the layer's root")
            elif allowed and "/" in match[1] and layer in LAYERS and layer not in allowed:
                found.append(f"{name}:{number}: {name.split('/')[0]} must not see {layer}")
            elif match[1].startswith("kernel/machine/x86_64/") and not name.startswith(PROCESSOR):
                found.append(f"{name}:{number}: the portable kernel knows no processor")
            elif name.startswith("servers/") and layer == "servers":
                own = name.split("/")[1]
                if match[1].split("/")[1] not in (own, "driver", *JOINED.get(own, ())):  # driver: what drivers share
                    found.append(f"{name}:{number}: servers do not include one another")
    return found


def check_texts() -> list[str]:
    """The project speaks of itself alone, and of no machine that it was written on."""
    words = re.compile("|".join(["/" + "work/", "/" + "root/", "/" + "home/", "TODO", "FIXME", "XXX"]))
    found = []
    for name, text in files(*TEXT):
        for number, line in enumerate(text.splitlines(), 1):
            if words.search(line) and not name.startswith("tools/lint"):
                found.append(f"{name}:{number}: {words.search(line)[0]}")
            if line != line.rstrip():
                found.append(f"{name}:{number}: blanks at the end of the line")
    return found


def check_sizes() -> list[str]:
    limit = 450  # a file that grows past this holds more than one thing
    return [f"{name}: {text.count(chr(10))} lines, more than {limit}" for name, text in files(".h", ".cpp", ".S", ".py")
            if text.count("\n") > limit]


def check_format(fix: bool = False) -> list[str]:
    names = [name for name, _ in files(".h", ".cpp") if not is_in(name, PREPROCESSOR)]
    if not names:
        return []
    # One process a core; the names differ in length only, so any division does.
    jobs = [names[index::2] for index in range(2) if names[index::2]]
    action = ["-i"] if fix else ["--dry-run", "-Werror", "--ferror-limit=1"]
    running = [subprocess.Popen(["clang-format-19", *action, *job], cwd=ROOT, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True) for job in jobs]
    said = "".join(process.communicate()[0] for process in running)
    found = sorted(set(re.findall(r"^([^:\s]+):\d+:\d+: error", said, re.MULTILINE)))
    if not found and any(process.returncode for process in running):
        return said.splitlines()[:5]
    return [f"{os.path.relpath(ROOT / name, ROOT)}: not laid out (./pith format does it)" for name in found]


def check_contract() -> list[str]:
    """What docs/ says of the kernel's contract is what abi/ says (tools/contract.py)."""
    sys.path.insert(0, str(ROOT / "tools"))
    import contract
    return contract.check(ROOT)


CHECKS: dict[str, Callable[[], list[str]]] = {
    "format": check_format, "casts": check_casts, "assembly": check_assembly, "preprocessor": check_preprocessor,
    "switches": check_switches, "guards": check_guards, "includes": check_includes, "texts": check_texts,
    "sizes": check_sizes, "contract": check_contract,
}


def main(arguments: list[str]) -> int:
    if arguments == ["--fix"]:
        findings = check_format(fix=True)
    else:
        findings = [line for check in CHECKS.values() for line in check()]
    print("".join(line + "\n" for line in findings), end="")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
