"""Disks for the machine: files, made where they are missing, with a partition table and a file system."""
from __future__ import annotations

import pathlib
import subprocess

from . import Failure

BUSES = ["virtio", "ahci", "nvme"]
SIZE = 256 << 20
HOME_TYPE = "8302"  # sgdisk's number for Linux' /home
FIRST_SECTOR = 2048
SECTOR = 512


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{command[0]} failed: {(done.stderr or done.stdout).strip()}")


def create(path: pathlib.Path, size: int = SIZE) -> None:
    """A disk with one partition, named `home`, with the ext4 file system that mkfs.ext4 makes by default."""
    temporary = path.with_name(path.name + ".new")
    with open(temporary, "wb") as file:
        file.truncate(size)
    try:
        _run("sgdisk", "--clear", f"--new=1:{FIRST_SECTOR}:0", f"--typecode=1:{HOME_TYPE}", "--change-name=1:home",
             str(temporary))
        # Up to the backup of the partition table, in whole blocks.
        blocks = (size - FIRST_SECTOR * SECTOR - 34 * SECTOR) // 4096
        _run("mkfs.ext4", "-q", "-F", "-b", "4096", "-L", "home", "-E", f"offset={FIRST_SECTOR * SECTOR}",
             str(temporary), str(blocks))
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)


def partition(path: pathlib.Path) -> str:
    """The partition of such a disk, as e2fsprogs' tools name it."""
    return f"{path}?offset={FIRST_SECTOR * SECTOR}"


def checked(path: pathlib.Path) -> str:
    """What e2fsck finds wrong with that partition's file system; empty if nothing."""
    done = subprocess.run(["e2fsck", "-fn", partition(path)], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"e2fsck: {done.stdout.strip()} {done.stderr.strip()}"


def debugfs(path: pathlib.Path, request: str, write: bool = False) -> bytes:
    """What e2fsprogs' debugfs prints about that partition's file system."""
    command = ["debugfs", *(["-w"] if write else []), "-R", request, partition(path)]
    return subprocess.run(command, capture_output=True, check=False).stdout


def attached(path: pathlib.Path, bus: str, machine: str, options: str = "") -> list[str]:
    """QEMU's arguments that attach the file. `options`: more of the drive, for tests."""
    drive = ["-drive", f"file={str(path).replace(',', ',,')},format=raw,if=none,id=disk{options}"]
    if bus == "virtio":
        return drive + ["-device", "virtio-blk-pci,drive=disk"]
    if bus == "nvme":
        return drive + ["-device", "nvme,drive=disk,serial=pith"]
    if machine == "q35":  # the board has a controller
        return drive + ["-device", "ide-hd,drive=disk,bus=ide.1"]
    return drive + ["-device", "ahci,id=ahci", "-device", "ide-hd,drive=disk,bus=ahci.0"]
