"""The tools that a command needs: which are missing, and how they come here."""
from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from typing import NamedTuple

from . import Failure

# An ordinary user's PATH lacks these on Debian, and sgdisk lives there.
os.environ["PATH"] = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"

LLVM = "/usr/lib/llvm-19"
OVMF = ["/usr/share/ovmf/OVMF.fd", "/usr/share/qemu/OVMF.fd"]


class Package(NamedTuple):
    name: str  # as Debian and Ubuntu call it
    present: list[str] | tuple[str, ...]  # one of these programs or files is there if it is installed


BUILD_PACKAGES = [
    Package("clang-19", ["clang++-19"]),
    Package("lld-19", ["ld.lld-19"]),
    Package("llvm-19", ["llvm-objcopy-19"]),
    Package("libc++-19-dev", [f"{LLVM}/include/c++/v1/expected"]),
    Package("libc++abi-19-dev", [f"{LLVM}/lib/libc++abi.a"]),
    Package("cmake", ["cmake"]),
    Package("ninja-build", ["ninja"]),
    Package("console-setup-linux", ["/usr/share/consolefonts/Uni2-Terminus16.psf.gz"]),
    Package("console-data", ["/usr/share/keymaps/i386/qwerty/us.kmap.gz"]),
    Package("kbd", ["loadkeys"]),
]
HOST_PACKAGES = [
    Package("libclang-rt-19-dev", [f"{LLVM}/lib/clang/19/lib/linux/libclang_rt.asan-x86_64.a"]),
    Package("googletest", ["/usr/src/googletest/CMakeLists.txt"]),
    Package("e2fsprogs", ["mkfs.ext4"]),
    Package("dosfstools", ["mkfs.fat"]),
    Package("mtools", ["mformat"]),
]
QEMU_PACKAGES = [Package("qemu-system-x86", ["qemu-system-x86_64"])]
UEFI_PACKAGES = [Package("ovmf", OVMF), Package("mtools", ["mformat"]), Package("gdisk", ["sgdisk"])]
DISK_PACKAGES = [Package("gdisk", ["sgdisk"]), Package("e2fsprogs", ["mkfs.ext4"]), Package("dosfstools", ["mkfs.fat"])]
FORMAT_PACKAGES = [Package("clang-format-19", ["clang-format-19"])]
DEBUG_PACKAGES = [Package("gdb", ["gdb"])]


def missing(packages: list[Package]) -> list[Package]:
    def found(what: str) -> bool:
        return pathlib.Path(what).exists() if what.startswith("/") else shutil.which(what) is not None

    return [package for package in packages if not any(found(what) for what in package.present)]


def require(packages: list[Package]) -> None:
    """Returns with every package installed, or fails with a line that says what to do."""
    lacking = missing(packages)
    if not lacking:
        return
    names = [package.name for package in lacking]
    if shutil.which("apt-get") is None:
        tools = ", ".join(f"{package.name} ({package.present[0]})" for package in lacking)
        raise Failure(f"these tools are missing; install them with your system's package manager: {tools}")
    print(f"pith: installing {' '.join(names)}", file=sys.stderr)
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *names]
    if not _run(install):
        _run(["apt-get", "update"])
        if not _run(install):
            raise Failure(f"could not install packages; try by hand: apt-get install {' '.join(names)}")
    still = missing(packages)
    if still:
        raise Failure(f"installed, but still not found: {', '.join(p.present[0] for p in still)}")


def _run(command: list[str]) -> bool:
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid() == 0:
        prefix = environment
    elif shutil.which("sudo"):
        # Without a terminal nobody could type a password: fail at once instead of waiting.
        prefix = ["sudo", *([] if sys.stdin.isatty() else ["-n"]), *environment]
    else:
        raise Failure(f"not root, and no sudo: as root, run: {' '.join(command)}")
    done = subprocess.run([*prefix, *command], stdin=None if sys.stdin.isatty() else subprocess.DEVNULL,
                          stdout=sys.stderr, check=False)
    return done.returncode == 0
