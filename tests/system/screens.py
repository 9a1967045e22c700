"""System tests of the screen's terminals: keys are pressed, and the picture is judged."""
from __future__ import annotations

import re

import picture
from case import Case, Outcome
from pithlib import BUILD
from pithlib.keys import keys

PROMPT = r"pith:/> \Z"
NAMED = ["000000", "cd0000", "00cd00", "cdcd00", "2f5fe0", "cd00cd", "00cdcd", "d8d8d8",
         "7f7f7f", "ff4040", "40ff40", "ffff40", "6f9fff", "ff40ff", "40ffff", "ffffff"]


def typed(name: str, line: str, **expected: object) -> Case:
    return Case(name=f"keyboard.{name}", keys=keys(line + "\n"), **expected)  # type: ignore[arg-type]


def _card_colours(outcome: Outcome) -> str:
    """Colours of /test/card, by the first point of a cell: they stand above its text."""
    lines = picture.text_of(outcome.picture).splitlines()
    last = next((row for row, line in enumerate(lines) if line.startswith("Zwölf")), None)
    if last is None:
        return "there is no card"
    _, size, _, points = outcome.picture.read_bytes().split(b"\n", 3)
    width = int(size.split()[0])

    def colour(row: int, column: int) -> str:
        at = 3 * (row * picture.HEIGHT * width + column * picture.WIDTH)
        return points[at:at + 3].hex()

    found = [colour(last - 13, 4 * number) for number in range(8)] + [colour(last - 12, 5 * number) for number in range(8)]
    if found != NAMED:
        return f"named colours are {found}"
    levels = [0, 95, 135, 175, 215, 255]
    cube = [colour(last - 11 + row, column) for row in range(6) for column in range(36)]
    if cube != [bytes([levels[n // 36], levels[n // 6 % 6], levels[n % 6]]).hex() for n in range(216)]:
        return f"the cube is {cube}"
    direct = [colour(last - 5, level) for level in range(64)]
    return "" if direct == [bytes([255 - 4 * n, 2 * n, 4 * n]).hex() for n in range(64)] else f"direct colours are {direct}"


def _lights(name: str, expected: str) -> dict:
    """A machine that writes down what lights its keyboard is told, and a judge who wants to have seen these numbers, one after the
    other, at the end."""
    path = BUILD / f"{name}.lights"
    path.unlink(missing_ok=True)

    def judge(_: Outcome) -> str:
        told = re.findall(r"ps2_set_ledstate .* ledstate (\d+)", path.read_text()) if path.exists() else []
        path.unlink(missing_ok=True)
        return "" if re.fullmatch(expected, "".join(told)) else f"lights were {told}, not {expected}"

    return {"name": name, "on": {"extra": ["-D", str(path), "-trace", "ps2_set_ledstate"]}, "judge": judge}


DRIVER = r"(?P<id>\d+) keyboard .*\n(.*\n)*pith:/> \Z"
GERMAN = {"ö": "semicolon", "ä": "apostrophe", "ü": "bracket_left", "ß": "minus", "´": "equal", "^": "grave_accent",
          "`": "shift-equal", "~": "alt_r-bracket_right", "@": "alt_r-q", "€": "alt_r-e"}


def german(text: str) -> list[str]:
    return keys("keymap de\n") + [GERMAN.get(c) or keys(c)[0] for c in text]


CASES = [
    typed("card", "/test/card", screen=True, judge=_card_colours,
          shows=["^bold faint ", "^┌──────┬──────┐\n│ card │ 1 2 3│\n└──────┴──────┘$",
                 "^Zwölf Boxkämpfer jagen Viktor · Où l'obèse jury mûr · Ξεσκεπάζω · [СC]ъ[еe]шь [еe]щ[ёë]$",
                 "^wide: \\[\ufffd{4}\\] marks: \\[éô\\] no character: \\[◈◈\\] none here: \\[◈\\]$"]),
    Case(name="keyboard.accents", shows=[r"^êéàñ\^´q\^x$"], keys=german("echo ^e´e`a~n^ ´q^x\n")),
    Case(name="keyboard.accents-french", shows=["^êïéàñ$"],
         keys=keys("keymap fr\n") + ["e", "c", "h", "o", "spc", "bracket_left", "e", "shift-bracket_left", "i", "2", "0",
                                     "alt_r-bracket_left", "n", "ret"]),
    Case(name="keyboard.characters-edited", shows=["^aöü€$", r"^pith:/> echo aöü€$"],
         keys=german("echo xä") + ["backspace", GERMAN["ö"], GERMAN["€"], "left", "left", "left", "delete", "a", "right",
                                   GERMAN["ü"], "ret"]),
    Case(name="keyboard.large-screen", on={"environment": {"screen": "2560x1600"}}, shows=[r"^grant$", r"^pith:/> _$"], timeout=120,
         keys=keys("cat /bin/ls /bin/ps /bin/shell\n") + ["alt-f2"] + keys("cat /bin/shell\n") + ["alt-f3"] + keys("echo grant\n")),
    Case(name="keyboard.long-line", shows=[r"^pith:/> echo x{115}\nx{25}\nx{128}\nx{12}\npith:/> _$"],
         keys=keys("x" * 140) + ["ctrl-a"] + keys("echo \n")),
    Case(name="keyboard.arrows-in-a-line", shows=["^ab\nab$"], keys=keys("cat\n") + ["a", "left", "f1", "delete", "b", "up", "ret", "ctrl-d"]),
    Case(name="keyboard.right-alt", shows=[r"^two$", r"^pith:/> _$"], keys=keys("echo one\n") + ["alt_r-f2"] + keys("echo two\n")),
    Case(name="keyboard.scroll-locked", shows=[r"^pith:/> _$"], keys=["scroll_lock"] + keys("echo one\n"),
         judge=lambda outcome: "what is held is shown" if "one\n" in outcome.output else ""),
    Case(name="keyboard.scroll-lock", shows=[r"^pith:/> echo one$", "^one$"], keys=["scroll_lock"] + keys("echo one\n") + ["scroll_lock"]),
    Case(name="keyboard.binary-on-screen", shows=[r"^two$", r"^pith:/> _$"], timeout=120,
         keys=keys("cat /bin/ls\n") + ["alt-f2"] + keys("echo two\n")),
    # 2: Num Lock is on at the start; 4 Caps Lock; 1 Scroll Lock, of the first terminal alone
    Case(keys=["caps_lock", "num_lock", "caps_lock", "scroll_lock", "alt-f2", "alt-f1", "scroll_lock"], shows=[r"pith:/> _$"],
         **_lights("keyboard.lights", "0*2" "6" "4" "0" "1" "0" "1" "0")),
    Case(dialogue=[("", PROMPT), ("ps | grep keyboard\r", DRIVER), ("kill {id}\r", PROMPT), ("sleep 2; echo more\r", r"\nmore\r\n")],
         log=[r"(keyboard: ready(.|\n)*){2}"], **_lights("keyboard.lights-driver-killed", "0*22")),
    Case(name="terminal.wide-characters", dialogue=[
        ("", PROMPT), ("cat\r", r"cat\r\n"), ("a日\x7fe\u0301\x7fb\r", "a日\b\b  \b\be\u0301\b \bb\r\nab\r\n"), ("\x04", PROMPT),
        ("echo 日本\x1b[D\x7fx\r", r"\nx本\r\n")]),
]
