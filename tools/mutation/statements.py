"""Where statements and conditions stand in C++ as clang-format lays it out: enough to change one of them."""
from __future__ import annotations

import dataclasses
import re

HEADS = ("if", "while", "for", "switch")
SKIPPED = ("using", "static_assert", "template", "struct", "class", "enum", "typedef", "goto")


@dataclasses.dataclass(frozen=True)
class Place:
    """A statement with its semicolon, or what stands in the parentheses of an `if` or `while`."""

    kind: str  # "statement", "if", "while"
    begin: int
    end: int
    function: str
    body: int = 0  # of an `if`: where what it guards begins


def blank(text: str, strings: bool) -> str:
    """The same length without comments, and perhaps without what stands in texts."""

    def replaced(match: re.Match) -> str:
        what = match[0]
        if what[0] in "\"'":
            return what[0] + "." * (len(what) - 2) + what[0] if strings else what
        return re.sub(r"[^\n]", " ", what)

    return re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'", replaced, text, flags=re.DOTALL)


class Source:
    """One file. `places` are where it can be changed, in order."""

    def __init__(self, text: str):
        self.clean = blank(text, strings=False)
        self.code = blank(re.sub(r"^\s*#[^\n]*", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.MULTILINE), strings=True)
        self.places: list[Place] = []
        self._scope(0, len(self.code), "")

    def balanced(self, at: int) -> int:
        """Behind the bracket that closes the one at `at`."""
        depth = 0
        for i in range(at, len(self.code)):
            if self.code[i] in "({[":
                depth += 1
            elif self.code[i] in ")}]":
                depth -= 1
                if depth == 0:
                    return i + 1
        return len(self.code)

    def _blanks(self, at: int) -> int:
        while at < len(self.code) and self.code[at].isspace():
            at += 1
        return at

    def _word(self, at: int) -> str:
        match = re.compile(r"\w+").match(self.code, at)
        return match[0] if match else ""

    def _scope(self, at: int, end: int, owner: str) -> None:
        """Namespaces and classes: looks for functions."""
        begin = at
        while at < end:
            char = self.code[at]
            if char in "([":
                at = self.balanced(at)
            elif char == "{":
                after = self.balanced(at)
                head = self.code[begin:at]
                if not re.search(r"[\w>\]]$|=\s*$", head):  # otherwise what follows a name is an initializer
                    self._braces(head, at, after, owner)
                    begin = after
                at = after
            elif char in ";}":
                at += 1
                begin = at
            else:
                at += 1

    def _braces(self, head: str, brace: int, after: int, owner: str) -> None:
        head = re.sub(r"\[\[.*?\]\]", " ", head, flags=re.DOTALL)
        head = re.sub(r"^\s*(?:(?:public|private|protected)\s*:\s*)+", "", head)
        head = re.sub(r"^\s*template\s*<[^()]*?>\s*(?=[\w\[])", "", head.strip(), flags=re.DOTALL)
        scope = re.match(r"(?:inline\s+)?(namespace|class|struct|union|enum)\b\s*([\w:]*)", head)
        if scope and not re.search(r"\)\s*(?:const|noexcept|->.*)?\s*$", head):
            if scope[1] != "enum":
                inner = scope[2] if scope[1] != "namespace" else ""
                self._scope(brace + 1, after - 1, f"{owner}{inner}::" if inner else owner)
            return
        name = re.search(r"([\w:~]+|operator\S+)\s*\(", head)
        if name and not re.search(r"\b(?:constexpr|consteval)\b", head):
            call = re.search(r"\bconst abi::(\w+)&", head) if name[1] == "on" else None  # a system call
            self._block(brace, call[1] if call else owner + name[1])

    def _block(self, at: int, function: str) -> int:
        at = self._blanks(at + 1)
        while at < len(self.code) and self.code[at] != "}":
            at = self._blanks(self._statement(at, function))
        return at + 1

    def _simple(self, at: int) -> int:
        while self.code[at] != ";":
            at = self.balanced(at) if self.code[at] in "({[" else at + 1
        return at + 1

    def _attribute(self, at: int) -> int:
        at = self._blanks(at)
        while self.code.startswith("[[", at):
            at = self._blanks(self.balanced(at))
        return at

    def _statement(self, at: int, function: str) -> int:
        word = self._word(at)
        if self.code[at] == "{":
            return self._block(at, function)
        if word in HEADS:
            return self._head(word, at + len(word), function)
        if word == "do":
            return self._simple(self._statement(self._blanks(at + 2), function))
        if word in ("case", "default"):
            return re.compile(r"(?<!:):(?!:)").search(self.code, at).end()
        end = self._simple(at)
        if word not in SKIPPED and not self.code.startswith("[[", at):
            self.places.append(Place("statement", at, end, function))
        return end

    def _head(self, word: str, at: int, function: str) -> int:
        at = self._blanks(at)
        compiled = self._word(at) == "constexpr"
        at = self.code.index("(", at)
        end = self.balanced(at)
        body = self._attribute(end)
        if word in ("if", "while") and not compiled:
            self.places.append(Place(word, at + 1, end - 1, function, body))
        after = self._statement(body, function)
        rest = self._blanks(after)
        if word == "if" and self._word(rest) == "else":
            return self._statement(self._attribute(rest + 4), function)
        return after
