"""What ./pith and the system tests share. Python's standard library only, 3.9 or later."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PITH_BUILD") or ROOT / "build").resolve()  # another place, for a second build


class Failure(Exception):
    """Something that the user should read: one line, and the exit status to end with."""

    def __init__(self, text: str, status: int = 1):
        super().__init__(text)
        self.status = status
