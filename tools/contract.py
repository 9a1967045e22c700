"""The contract in writing against the contract in code: docs/abi.md against abi/, docs/assurance.md against what the
host replaces."""
from __future__ import annotations

import pathlib
import re

HOST = "kernel/machine/host"
MOST_HOST_LINES = 2500


def _list_of_calls(text: str) -> list[str]:
    match = re.search(r"using Calls =\s*TypeList<(.*?)>;", text, re.DOTALL)
    return [name.strip() for name in match[1].split(",")] if match else []


def _rights(text: str) -> dict[str, dict[str, int]]:
    """kind -> right -> value"""
    found: dict[str, dict[str, int]] = {}
    for kind, body in re.findall(r"namespace (\w+) \{\n((?:inline constexpr Rights [^\n]*\n)+)\}", text):
        found[kind] = {name: int(value) for name, value in re.findall(r"Rights (\w+)\{(\d+)\}", body)}
    return found


def _rows(page: str) -> list[list[str]]:
    """The tables' rows, as cells."""
    lines = [line for line in page.splitlines() if line.startswith("|") and not re.match(r"^\|[\s|-]*$", line)]
    return [[cell.strip() for cell in line.strip()[1:-1].split("|")] for line in lines]


def errors_of_calls(root: pathlib.Path) -> dict[str, set[str]]:
    """What docs/abi.md says that each call can fail with. A right that a call needs stands for three errors."""
    found: dict[str, set[str]] = {}
    for cells in _rows((root / "docs/abi.md").read_text()):
        names = re.findall(r"^`([A-Z]\w+)`|^`(\w+)` \d$|, `([A-Z]\w+)`", cells[0])
        if len(cells) != 4 or not names:
            continue
        errors = set(re.findall(r"`([a-z_]+)`", cells[3]))
        if re.search(r"\w: ", cells[1]):
            errors |= {"bad_handle", "wrong_kind", "denied"}
        for name in names:
            found["".join(name)] = errors
    return found


def check_calls(root: pathlib.Path) -> list[str]:
    page = (root / "docs/abi.md").read_text()
    calls = _list_of_calls((root / "abi/syscalls.h").read_text())
    errors = set(re.findall(r"^    (\w+) = \d+,", (root / "base/error.h").read_text(), re.MULTILINE))
    described: set[str] = set()
    found = []
    for cells in _rows(page):
        names = re.findall(r"`([A-Z]\w+)`", cells[0])
        if names and len(cells) == 4:  # name, what it needs, what it does, errors
            described.update(names)
            found += [f"docs/abi.md: {names[0]}: there is no error {word}"
                      for word in re.findall(r"`([a-z_]+)`", cells[-1]) if word not in errors]
    found += [f"docs/abi.md: no row for the call {name}" for name in calls if name not in described]
    found += [f"docs/abi.md: there is no call {name}" for name in sorted(described) if name not in calls]
    return found


def check_rights(root: pathlib.Path) -> list[str]:
    page = (root / "docs/abi.md").read_text()
    rights = _rights((root / "abi/rights.h").read_text())
    kinds = re.findall(r"^    (\w+) = \d+,", (root / "abi/objects.h").read_text(), re.MULTILINE)
    rows: dict[str, str] = {}
    for cells in _rows(page):  # the first table that names them all
        if cells[0] in kinds:
            rows.setdefault(cells[0], cells[1])
    found = []
    for kind in kinds:
        if kind == "none":
            continue
        if kind not in rows:
            found.append(f"docs/abi.md: no row for objects of the kind {kind}")
            continue
        written = {name: int(value) for name, value in re.findall(r"(\w+) (\d+)", rows[kind])}
        if written != rights.get(kind, {}):
            found.append(f"docs/abi.md: {kind}: rights {written}, but abi/rights.h has {rights.get(kind, {})}")
    return found


def check_costs(root: pathlib.Path) -> list[str]:
    """docs/abi.md says of no call that does not exist what it costs."""
    section = (root / "docs/abi.md").read_text().partition("## What calls cost")[2].partition("\n## ")[0]
    calls = _list_of_calls((root / "abi/syscalls.h").read_text())
    return [f"docs/abi.md: there is no call {name} to cost anything" for cells in _rows(section)
            for name in re.findall(r"`([A-Z]\w+)`", cells[0]) if name not in calls]


def check_lives(root: pathlib.Path) -> list[str]:
    """docs/abi.md says of every kind of object how it begins and ends."""
    section = (root / "docs/abi.md").read_text().partition("### How objects live")[2].partition("\n## ")[0]
    told = {kind for cells in _rows(section) for kind in cells[0].split(", ")}
    kinds = re.findall(r"^    (\w+) = \d+,", (root / "abi/objects.h").read_text(), re.MULTILINE)
    return [f"docs/abi.md: does not say how a {kind} lives" for kind in kinds if kind not in told | {"none"}]


def check_features(root: pathlib.Path) -> list[str]:
    """programs/uname.cpp has a name for each of the machine's features."""
    features = re.findall(r"^inline constexpr u64 (\w+) = \d+; +///", (root / "abi/startup.h").read_text(), re.MULTILINE)
    named = (root / "programs/uname.cpp").read_text()
    return [f"programs/uname.cpp: no name for {feature}" for feature in features if f"feature::{feature}," not in named]


def check_version(root: pathlib.Path) -> list[str]:
    code = re.search(r"constexpr u64 version = (\d+);", (root / "abi/syscalls.h").read_text())
    page = re.search(r"`abi::version`, (\d+)", (root / "docs/abi.md").read_text())
    return [] if code and page and code[1] == page[1] else ["docs/abi.md: another version than abi/syscalls.h"]


def check_host(root: pathlib.Path) -> list[str]:
    """docs/assurance.md names every file that the host has in place of the processor's, and they are few."""
    page = (root / "docs/assurance.md").read_text().partition("## Is it the same code?")[2]
    files = sorted(path for path in (root / HOST).rglob("*") if path.suffix in (".h", ".cpp", ".S"))
    names = {str(path.relative_to(root / HOST)) for path in files}
    written = set(re.findall(r"^\| `([\w/.]+)` \|", page, re.MULTILINE))
    found = [f"docs/assurance.md: does not name {HOST}/{name}" for name in sorted(names - written)]
    found += [f"docs/assurance.md: there is no {HOST}/{name}" for name in sorted(written - names)]
    lines = sum(path.read_text().count("\n") for path in files)
    if lines > MOST_HOST_LINES:
        found.append(f"{HOST}: {lines} lines, more than {MOST_HOST_LINES}")
    return found


def check_conditions(root: pathlib.Path) -> list[str]:
    """docs/assurance.md tells how many invariants there are, and names some as they are written."""
    section = (root / "docs/assurance.md").read_text().partition("## What holds after every step")[2].partition("\n## ")[0]
    code = "".join(path.read_text() for path in sorted((root / "tests/model").glob("invariants*.cpp")))
    count, told = len(re.findall(r"findings\.\w+\(", code)), re.search(r"state (\d+) conditions", section)
    found = [] if told and int(told[1]) == count else [f"docs/assurance.md: there are {count} conditions"]
    for cells in _rows(section)[1:]:
        for text in re.findall(r"`([^`]+)`", cells[1]):
            if " " in text and text.removesuffix("…") not in re.sub(r'"\s*"', "", code):
                found.append(f"docs/assurance.md: no condition says {text!r}")
    return found


def check(root: pathlib.Path) -> list[str]:
    return [line for part in (check_calls, check_rights, check_lives, check_costs, check_features, check_version, check_host, check_conditions) for line in part(root)]
