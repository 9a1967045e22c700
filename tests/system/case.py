"""What a system test is: a machine, what is typed, and what has to be true afterwards."""
from __future__ import annotations

import pathlib
from dataclasses import dataclass, field
from typing import Callable, Optional, Union

from pithlib import BUILD, build, disk
from pithlib.qemu import Machine


@dataclass
class Outcome:
    """What happened."""

    output: str = ""  # what the shell printed
    console: str = ""  # everything on COM1
    log: str = ""  # everything on COM2
    status: Optional[int] = None
    end_reason: Optional[str] = None  # guest-shutdown, guest-reset, or None: it had to be stopped
    complaint: str = ""
    note: str = ""  # printed with a test that passed
    picture: pathlib.Path = pathlib.Path()  # of the screen, where the case wants one
    second: Optional["Outcome"] = None  # of the run on the other machine


DISK_SIZE = 64 << 20


@dataclass
class Case:
    name: str
    # The machine
    on: dict = field(default_factory=dict)  # fields of pithlib.qemu.Machine that differ from its defaults
    initrd: Union[pathlib.Path, Callable[[], pathlib.Path], None] = build.INITRD  # or what makes it
    disk: Optional[str] = None  # the bus that a fresh disk is attached to; `on` can attach one otherwise
    disk_made: Callable[[pathlib.Path], None] = lambda path: disk.create(path, DISK_SIZE)
    # What happens: one of these
    input: Optional[list[str]] = None  # lines, as through a pipe
    dialogue: Optional[list[tuple[str, str]]] = None  # (what is typed, a pattern to wait for), as at a terminal; {NAME} is what an earlier pattern's group NAME was
    keys: Optional[list[str]] = None  # typed at the keyboard one after the other, as QEMU names them; then shows is judged
    until: Optional[str] = None  # nobody types; wait for this in the log; None: for the end of the machine
    killed: Optional[str] = None  # once the output has this, the machine is ended as by a power cut
    monitor: Optional[tuple] = None  # meanwhile, once it listens, QEMU's monitor is told this: seconds between, name, arguments
    timeout: float = 60.0
    # What has to be true: patterns are searched line by line
    status: Optional[int] = None
    exactly: Optional[str] = None  # the whole output
    output: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    shows: list[str] = field(default_factory=list)  # on the screen
    never: list[str] = field(default_factory=list)  # neither in log nor output
    ends: Optional[str] = None
    fails: Optional[str] = None  # instead of all that: this has to come of it, in output or log, or how it failed
    judge: Optional[Callable[[Outcome], str]] = None  # returns what is wrong
    screen: bool = False  # take a picture of the screen at the end
    on_disk: Optional[Callable[[pathlib.Path], str]] = None  # what the host does with the disk then; returns what is wrong
    then: Optional["Case"] = None  # after all that, with the same disk
    other: Optional[dict] = None  # once more on a machine that differs in these fields; the judge sees both
    later: bool = False  # not yet part of the whole run, only run when it is asked for by name

    def machine(self, **changes: object) -> Machine:
        fields = {**self.on, **changes}
        environment = dict(fields.pop("environment", {}))
        if self.input is not None:
            environment.setdefault("terminal", "plain")
        initrd = self.initrd() if callable(self.initrd) else self.initrd
        if self.disk is not None:
            fields.update(disk=fields.get("disk") or self.fresh_disk(), disk_bus=self.disk)
        return Machine(**fields, environment=environment, initrd=initrd)

    def disk_path(self) -> pathlib.Path:
        return BUILD / "disks" / f"{self.name}.img"

    def fresh_disk(self) -> pathlib.Path:
        path = self.disk_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.disk_made(path)
        return path

    def picture(self) -> pathlib.Path:
        return BUILD / f"{self.name}.ppm"

    def limit(self) -> float:
        """Firmware takes seconds, and many more where the machine has other work."""
        return self.timeout + (60.0 if self.on.get("firmware") == "uefi" else 0.0)
