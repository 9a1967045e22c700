"""What can be wrong with a statement or a condition."""
from __future__ import annotations

import re
from typing import Iterator, NamedTuple

from .statements import Place, Source

# A broken invariant of the kernel's own ends there: no test gets that far, and must not. What is only told to people
# is no mistake in what the kernel does.
HARMLESS = re.compile(r"\bpanic\(|\brequire\(|\blog_?(?:\(\))?\.|\btrace\(|\bstatic_assert|__builtin_")
DECLARATION = re.compile(
    r"(?:const |static |constexpr |volatile )*(?:auto|[A-Za-z_][\w:]*(?:<[^;={}]*>)?(?:::\w+)*)(?:\s*[&*]+\s*|\s+)(?:const )?"
    r"(?:\w+|\[[^\]]*\])\s*(=|\{|\(|;|\[)")
WORDS = ("return", "delete", "throw", "else", "co_return", "break", "continue")


class Variant(NamedTuple):
    what: str  # the mistake, in words
    text: str  # the expression or statement with it


def other_error(name: str) -> str:
    return "bad_handle" if name == "denied" else "denied"


PAIRS = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&"}


def _substitutions(code: str) -> Iterator[tuple[int, int, str, str]]:
    """(begin, end, what to write there, name of the mistake)"""
    for match in re.finditer(r"(?<= )(==|!=|<=|>=|<|>|&&|\|\|)(?=\s)", code):
        yield *match.span(), PAIRS[match[0]], f"{match[0]} is {PAIRS[match[0]]}"
    for match in re.finditer(r" ([+-]) 1(?:u)?\b(?![.\w])", code):
        yield *match.span(), "", f"no {match[0].strip()}"
    for match in re.finditer(r"\bstd::(max|min)(?=[(<])", code):
        name = "min" if match[1] == "max" else "max"
        yield *match.span(), f"std::{name}", f"{match[1]} is {name}"
    for match in re.finditer(r"(?<![=\w!])!(?=[\w(*])", code):
        yield *match.span(), "", "no !"
    for match in re.finditer(r"\bError::(\w+)", code):
        yield *match.span(1), other_error(match[1]), f"{match[1]} is {other_error(match[1])}"
    for match in re.finditer(r"\b(true|false)\b", code):
        name = "false" if match[0] == "true" else "true"
        yield *match.span(), name, f"{match[0]} is {name}"
    for match in re.finditer(r"\+\+(?=[\w(*])|--(?=[\w(*])|(?<=[\w\])])\+\+|(?<=[\w\])])--", code):
        yield *match.span(), "", f"no {match[0]}"
    for match in re.finditer(r"\babi::rights::\w+::\w+\b", code):
        yield *match.span(), "abi::rights::none", f"{match[0].split('::', 2)[2]} not needed"
    for match in re.finditer(r"(?<=[\w)\]]) (\+=|-=)(?= )", code):
        sign = "-=" if match[1] == "+=" else "+="
        yield *match.span(1), sign, f"{match[1]} is {sign}"
    for match in re.finditer(r"\bstd::exchange\(", code):
        end, depth, comma = match.end(), 1, None
        while depth:
            depth += (code[end] in "([{") - (code[end] in ")]}")
            if code[end] == "," and depth == 1 and comma is None:
                comma = end
            end += 1
        if comma:
            yield match.start(), end, f"auto({code[match.end():comma]})", "not exchanged"


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def expressions(clean: str, code: str) -> list[Variant]:
    """`clean` with one mistake in it each; `code` is the same without texts."""
    found = []
    for begin, end, text, what in _substitutions(code):
        before, after = _one_line(clean[max(0, begin - 30):begin])[-14:], _one_line(clean[end:end + 30])[:14]
        found.append(Variant(f"{what} in `{before}…{after}`", _one_line(clean[:begin] + text + clean[end:])))
    return found


def is_declaration(code: str) -> re.Match | None:
    if re.match(r"\w+", code) and re.match(r"\w+", code)[0] in WORDS:
        return None
    return DECLARATION.match(code)


class Change(NamedTuple):
    """All mistakes in one place: `build` writes them, given a test for each that says whether it is the one."""

    place: Place
    variants: list[Variant]
    form: str  # "statement", "value", "condition"
    begin: int  # of the expression, for values and conditions
    end: int


def _condition(source: Source, place: Place) -> Change | None:
    code = source.code[place.begin:place.end]
    guarded = source.code[place.body:place.body + 200]
    if HARMLESS.search(code) or HARMLESS.match(guarded.lstrip("{ \n")):
        return None
    if code.strip() == "true":  # a loop that is left by `return` alone: what never begins has no end that compiles
        return None
    begin, pointer = place.begin, False
    if ";" in code:
        begin += code.rindex(";") + 1
    declared = is_declaration(source.code[begin:place.end].lstrip()) if ";" not in code else None
    if declared and declared[1] == "=":
        begin = place.begin + declared.end()
        pointer = "*" in declared[0]
        if not pointer and "auto" in declared[0]:
            return None
    clean, inner = source.clean[begin:place.end], source.code[begin:place.end]
    variants = expressions(clean, inner)
    text = _one_line(clean)
    if pointer:
        variants.append(Variant("never so", "nullptr"))
    elif not declared:
        variants.append(Variant("never so", f"false && ({text})"))
        if place.kind == "if" and not ("&&" in text and "*" in text):
            variants.append(Variant("always so", f"({text}) || true"))
    form = "value" if declared else "condition"
    return Change(place, variants, form, begin, place.end)


def _statement(source: Source, place: Place) -> Change | None:
    code = source.code[place.begin:place.end]
    if HARMLESS.search(code):
        return None
    clean = source.clean[place.begin:place.end]
    kept = re.match(r"const Ref<(\w+)> \w+\{", code)
    if kept:
        begin = place.begin + kept.end()
        end = source.balanced(begin - 1) - 1
        return Change(place, [Variant("not kept", f"Ref<{kept[1]}>{{}}")], f"kept {kept[1]}", begin, end)
    declared = is_declaration(code)
    if declared:
        if declared[1] != "=" or "constexpr" in declared[0]:
            return None
        begin, end = place.begin + declared.end(), place.end - 1
        if code[declared.end():].lstrip().startswith("["):  # a lambda: each has a type of its own
            return None
        return Change(place, expressions(source.clean[begin:end], source.code[begin:end]), "value", begin, end)
    variants = expressions(clean, code)
    word = re.match(r"\w*", code)[0]
    if word not in WORDS or re.fullmatch(r"return\s*;", code):
        variants.append(Variant("left out", ";"))
    return Change(place, variants, "statement", place.begin, place.end)


def changes(source: Source) -> list[Change]:
    found = []
    for place in source.places:
        change = _statement(source, place) if place.kind == "statement" else _condition(source, place)
        if change and change.variants:
            found.append(change)
    return found


def rewritten(change: Change, source: Source, tests: dict[int, str]) -> str:
    """The place with a choice among its mistakes in it; `tests` says, by the variant's place, when it is the one. Each
    stands on a line of its own, so that the compiler's complaints can be told apart."""
    original = _one_line(source.clean[change.begin:change.end])
    if change.form == "statement":
        lines = [f"if ({test}) {{ {change.variants[n].text} }} else" for n, test in tests.items()]
        return "{\n" + "\n".join(lines) + "\n{ " + original + " }}"
    if change.form == "condition":
        lines = [f"{test} ? bool({change.variants[n].text}) :" for n, test in tests.items()]
        return "\n".join(lines) + f"\nbool({original})"
    if change.form.startswith("kept"):
        lines = [f"{test} ? {change.variants[n].text} :" for n, test in tests.items()]
        return "\n".join(lines) + f"\nRef<{change.form[5:]}>{{{original}}}"
    lines = [f"{test} ? ({change.variants[n].text}) :" for n, test in tests.items()]
    return "(\n" + "\n".join(lines) + f"\n({original}))"
