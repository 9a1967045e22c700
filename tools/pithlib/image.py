"""Disks that a UEFI machine boots: GPT with a system partition, FAT, made without root."""
from __future__ import annotations

import hashlib
import pathlib
import subprocess
import tempfile

from . import BUILD, Failure, build, disk

MIB = 1 << 20
DISK_ID = "50697468-0000-4000-8000-000000000001"  # always the same: the same inputs give the same disk
PARTITION_ID = "50697468-0000-4000-8000-000000000002"
FIRST = MIB  # where the partition starts


def _run(*command: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MTOOLS_SKIP_CHECK": "1"})
    if done.returncode:
        raise Failure(f"{command[0]}: {done.stdout.decode(errors='replace').strip().splitlines()[-1:]}")


def _fill(path: pathlib.Path, loader: pathlib.Path, initrd: pathlib.Path | None, config: str | None, more_mib: int = 0) -> int:
    """Returns the first sector behind the system partition; `more_mib` are left free there."""
    mib = 40 + (initrd.stat().st_size if initrd else 0) // MIB
    with open(path, "wb") as file:
        file.truncate((mib + 2 + more_mib) * MIB)
    _run("sgdisk", f"--new=1:{FIRST // 512}:{(FIRST + mib * MIB) // 512 - 1}", "--typecode=1:EF00",
         "--change-name=1:Pith", f"--disk-guid={DISK_ID}", f"--partition-guid=1:{PARTITION_ID}", str(path))
    volume = f"{path}@@{FIRST}"
    _run("mformat", "-i", volume, "-F", "-c", "1", "-T", str(mib * 2048), "-h", "64", "-s", "32", "-v", "PITH", "-N", "50697468", "::")
    _run("mmd", "-i", volume, "::/EFI", "::/EFI/BOOT", "::/BOOTBOOT")
    _run("mcopy", "-i", volume, str(loader), "::/EFI/BOOT/BOOTX64.EFI")
    if config is not None:  # before INITRD: one reference loader stops reading there
        with tempfile.NamedTemporaryFile("w") as text:
            text.write(config)
            text.flush()
            _run("mcopy", "-i", volume, text.name, "::/BOOTBOOT/CONFIG")
    if initrd:
        _run("mcopy", "-i", volume, str(initrd), "::/BOOTBOOT/INITRD")
    return (FIRST + mib * MIB) // 512


HOME_MIB = 256


def create(path: pathlib.Path) -> None:
    """A disk to boot from and to live on: a system partition, and one named `home`."""
    temporary = path.with_name(path.name + ".new")
    try:
        behind = _fill(temporary, build.UEFI_LOADER, build.INITRD, None, HOME_MIB)
        disk.add_home(temporary, 2, behind)
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)


def uefi_disk(loader: pathlib.Path, initrd: pathlib.Path | None, config: str | None) -> pathlib.Path:
    """The disk for these inputs: named after what is in it, made once, left alone while nothing changes."""
    digest = hashlib.sha256(repr(config).encode())
    for file in filter(None, (loader, initrd)):
        digest.update(str(file).encode())
    name = digest.hexdigest()[:12]
    for file in filter(None, (loader, initrd)):
        digest.update(file.read_bytes())
    folder = BUILD / "uefi"
    folder.mkdir(parents=True, exist_ok=True)
    made, stamp = folder / f"{name}.img", folder / f"{name}.stamp"
    if not (made.exists() and stamp.exists() and stamp.read_text() == digest.hexdigest()):
        stamp.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            fresh = pathlib.Path(work) / "disk.img"
            _fill(fresh, loader, initrd, config)
            fresh.replace(made)
        stamp.write_text(digest.hexdigest())
    return made
