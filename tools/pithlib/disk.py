"""Disks for the machine: files, made where they are missing, with a partition table and a file system."""
from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile

from . import Failure

BUSES = ["virtio", "ahci", "nvme", "usb"]
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
        _run("sgdisk", "--clear", str(temporary))
        add_home(temporary, 1, FIRST_SECTOR)
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)


def add_home(path: pathlib.Path, number: int, first_sector: int) -> None:
    """The partition `home`, from there to the end of the disk."""
    _run("sgdisk", f"--new={number}:{first_sector}:0", f"--typecode={number}:{HOME_TYPE}", f"--change-name={number}:home",
         str(path))
    # Up to the backup of the partition table, in whole blocks.
    blocks = (path.stat().st_size - first_sector * SECTOR - 34 * SECTOR) // 4096
    _run("mkfs.ext4", "-q", "-F", "-b", "4096", "-L", "home", "-E", f"offset={first_sector * SECTOR}", str(path), str(blocks))


def create_several(path: pathlib.Path) -> None:
    """A disk with four partitions: `home`, `spare` (ext4 both), `fat` (FAT32), and `blank` with nothing on it."""
    mib = 2048
    with open(path, "wb") as file:
        file.truncate(SIZE)
    _run("sgdisk", "--clear", str(path))
    for number, (name, first, size) in enumerate([("home", 1, 64), ("spare", 65, 64), ("fat", 129, 80), ("blank", 209, 16)], 1):
        _run("sgdisk", f"--new={number}:{first * mib}:{(first + size) * mib - 1}", f"--change-name={number}:{name}", str(path))
        if name == "fat":
            _run("mkfs.fat", "-F", "32", "-s", "1", "--offset", str(first * mib), str(path), str(size * 1024))
        elif name != "blank":
            _run("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", f"offset={first * mib * SECTOR}", str(path), str(size * 256))


def create_fat(path: pathlib.Path) -> None:
    """A disk as a stick from a shop: one partition, by an MBR, that mkfs.fat has formatted as FAT32."""
    with open(path, "wb") as file:
        file.truncate(SIZE)
    sectors = SIZE // SECTOR - FIRST_SECTOR
    entry = bytes([0, 0, 0, 0, 0x0C, 0, 0, 0]) + FIRST_SECTOR.to_bytes(4, "little") + sectors.to_bytes(4, "little")
    with open(path, "r+b") as file:
        file.seek(446)
        file.write(entry)
        file.seek(510)
        file.write(b"\x55\xaa")
    _run("mkfs.fat", "-F", "32", "--offset", str(FIRST_SECTOR), str(path), str(sectors // 2))


def mtools(path: pathlib.Path, program: str, *operands: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a program of mtools on such a disk."""
    return subprocess.run([program, "-i", f"{path}@@{FIRST_SECTOR * SECTOR}", *operands], capture_output=True, check=False,
                          env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})


def checked_fat(path: pathlib.Path) -> str:
    """What fsck.fat finds wrong with such a disk's file system; empty if nothing."""
    with tempfile.NamedTemporaryFile() as copy:
        with open(path, "rb") as file:
            file.seek(FIRST_SECTOR * SECTOR)
            shutil.copyfileobj(file, copy)
        copy.flush()
        done = subprocess.run(["fsck.fat", "-n", copy.name], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"fsck.fat: {done.stdout.strip()} {done.stderr.strip()}"


def partition(path: pathlib.Path, name: str = "home") -> str:
    """A partition of such a disk, as e2fsprogs' tools name it."""
    listed = subprocess.run(["sgdisk", "--print", str(path)], capture_output=True, text=True, check=False).stdout
    first = next(line.split()[1] for line in listed.splitlines() if line.endswith(f" {name}"))
    return f"{path}?offset={int(first) * SECTOR}"


def checked(path: pathlib.Path, name: str = "home") -> str:
    """What e2fsck finds wrong with that partition's file system; empty if nothing."""
    done = subprocess.run(["e2fsck", "-fn", partition(path, name)], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"e2fsck: {done.stdout.strip()} {done.stderr.strip()}"


def debugfs(path: pathlib.Path, request: str, write: bool = False, name: str = "home") -> bytes:
    """What e2fsprogs' debugfs prints about that partition's file system."""
    command = ["debugfs", *(["-w"] if write else []), "-R", request, partition(path, name)]
    return subprocess.run(command, capture_output=True, check=False).stdout


def put(path: pathlib.Path, name: str, content: bytes) -> None:
    """Writes a file into its root directory."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        debugfs(path, f"write {file.name} {name}", write=True)


def attached(path: pathlib.Path, bus: str, machine: str, options: str = "") -> list[str]:
    """QEMU's arguments that attach the file. `options`: more of the drive, for tests."""
    drive = ["-drive", f"file={str(path).replace(',', ',,')},format=raw,if=none,id=disk{options}"]
    if bus == "virtio":
        return drive + ["-device", "virtio-blk-pci,drive=disk"]
    if bus == "usb":
        return drive + ["-device", "qemu-xhci", "-device", "usb-storage,drive=disk"]
    if bus == "nvme":
        return drive + ["-device", "nvme,drive=disk,serial=pith"]
    if machine == "q35":  # the board has a controller
        return drive + ["-device", "ide-hd,drive=disk,bus=ide.1"]
    return drive + ["-device", "ahci,id=ahci", "-device", "ide-hd,drive=disk,bus=ahci.0"]
