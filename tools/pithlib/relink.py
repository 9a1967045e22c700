"""Test programs linked once more, with some of their objects compiled in another way."""
from __future__ import annotations

import pathlib
import re
import subprocess
from typing import Iterable

from . import Failure, build


def command_for(target: str) -> str:
    """By which `target` is linked in the host's build."""
    said = subprocess.run(["ninja", "-C", str(build.HOST), "-t", "commands", target], capture_output=True, text=True, check=True).stdout
    linked = next(line for line in reversed(said.splitlines()) if f"-o {target} " in line)
    return re.search(rf"\S*clang\+\+\S* .*?-o {target} .*?(?= && |$)", linked)[0]


def program(target: str, objects: Iterable[str], folder: pathlib.Path) -> None:
    """`target`, which has been built, with these objects before its own and its libraries, which are then not asked for theirs;
    `objects` may be options, too. It comes to lie in `folder`."""
    compiler, rest = command_for(target).split(" ", 1)
    rest = rest.replace(f"-o {target} ", f"-o {folder / pathlib.Path(target).name} ")
    done = subprocess.run(" ".join([compiler, *objects, rest]), shell=True, cwd=build.HOST, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{target} with other objects does not link:\n{done.stderr[-2000:]}")
