"""A machine, described; and the QEMU command line that makes it."""
from __future__ import annotations

import os
import pathlib
import re
from dataclasses import dataclass, field
from typing import Optional

from . import BUILD, ROOT, Failure, build, disk, image, packages

QEMU = "qemu-system-x86_64"
DEFAULT_CONFIG = ROOT / "cmake/initrd/config"


@dataclass
class Machine:
    firmware: str = "pvh"
    machine: str = "q35"
    cores: int = 1
    memory: str = "512M"
    cpu: str = "max"
    accel: str = "tcg"
    icount: bool = False
    display: bool = False
    disk: Optional[pathlib.Path] = None
    disk_bus: str = "virtio"
    boots_disk: bool = False  # the firmware finds the loader on `disk`
    environment: dict[str, str] = field(default_factory=dict)
    initrd: Optional[pathlib.Path] = build.INITRD
    extra: list[str] = field(default_factory=list)

    def check(self) -> None:
        if not 1 <= self.cores <= 255:
            raise Failure("--cores: a number from 1 to 255", 2)
        if not re.fullmatch(r"[1-9][0-9]*[MG]", self.memory):
            raise Failure("--memory: a size like 64M or 4G", 2)
        if self.icount and self.cores > 1:
            raise Failure("--icount works with one core only (QEMU stalls with more)", 2)
        if self.icount and self.accel != "tcg":
            raise Failure("--icount needs --accel tcg", 2)
        if self.accel == "kvm" and not os.access("/dev/kvm", os.R_OK | os.W_OK):
            raise Failure("--accel kvm: no access to /dev/kvm", 2)

    def command(self) -> list[str]:
        """All but the serial ports, which depend on who listens."""
        command = [QEMU, "-machine", self.machine, "-cpu", self.cpu, "-smp", str(self.cores), "-m", self.memory,
                   "-accel", self.accel, "-nodefaults", "-vga", "std", "-nic", "none", "-no-reboot"]
        if self.icount:
            command += ["-icount", "shift=0,align=off,sleep=off", "-rtc", "base=2026-01-01,clock=vm"]
        if not self.display:
            command += ["-display", "none"]
        if self.disk:
            command += disk.attached(self.disk, self.disk_bus, self.machine)
        return command + (self._pvh() if self.firmware == "pvh" else self._uefi()) + self.extra

    def _pvh(self) -> list[str]:
        command = ["-kernel", str(build.PVH_LOADER)]
        if self.initrd:
            command += ["-initrd", str(self.initrd)]
        if self.environment:
            command += ["-append", " ".join(f"{key}={value}" for key, value in self.environment.items())]
        return command

    def _uefi(self) -> list[str]:
        firmware = ["-bios", next((path for path in packages.OVMF if os.path.exists(path)), packages.OVMF[0])]
        if self.boots_disk:
            return firmware
        config = None  # then the loader reads sys/config
        if self.environment:  # and otherwise not, so what is there is repeated
            config = DEFAULT_CONFIG.read_text() + "".join(f"{k}={v}\n" for k, v in self.environment.items())
        made = image.uefi_disk(build.UEFI_LOADER, self.initrd, config)
        # A snapshot: the guest cannot change the image, and several machines can share it.
        return [*firmware, "-drive", f"file={made},format=raw,if=ide,snapshot=on"]


def kernel_log() -> pathlib.Path:
    return BUILD / "kernel.log"
