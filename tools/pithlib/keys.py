"""What one presses on a keyboard, as QEMU names its keys."""
from __future__ import annotations

SHIFTED = dict(zip("!@#$%^&*()", "1234567890")) | {
    "_": "minus", "+": "equal", "{": "bracket_left", "}": "bracket_right", ":": "semicolon", '"': "apostrophe",
    "<": "comma", ">": "dot", "?": "slash", "|": "backslash", "~": "grave_accent"}
PLAIN = {" ": "spc", "\n": "ret", "-": "minus", "=": "equal", ";": "semicolon", "'": "apostrophe", ",": "comma",
         ".": "dot", "/": "slash", "\\": "backslash", "[": "bracket_left", "]": "bracket_right", "`": "grave_accent"}


def keys(text: str) -> list[str]:
    """To type this where the keymap is the US one."""
    return [f"shift-{SHIFTED[c]}" if c in SHIFTED else f"shift-{c.lower()}" if c.isupper() else PLAIN.get(c, c)
            for c in text]
