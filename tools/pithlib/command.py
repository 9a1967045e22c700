"""./pith's commands and their options."""
from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
from typing import Callable, NoReturn

from . import ROOT, Failure, bench, build, coverage, debugger, disk, image, packages, session, soak, suites
from .qemu import Machine

USAGE = """usage: ./pith COMMAND

  build                    build everything; leaves build/pith.initrd
  run [OPTIONS] [-- QEMU ARGUMENTS]
                           boot in QEMU and talk to the shell. At a terminal, Ctrl-A X leaves.
                           With piped input, its lines go to the shell, the shell's output comes
                           out, and the exit status is that of the last command.
      --firmware pvh|uefi  how it starts (pvh)       --cores N            processors (1)
      --machine q35|pc     the board (q35)           --memory SIZE        64M, 4G, ... (512M)
      --cpu MODEL          max, qemu64, ... (max)    --accel tcg|kvm      (tcg)
      --icount             time counts instructions  --display            a window for the screen
      --disk FILE          a disk; made, with one partition `home`, where FILE does not exist
      --disk-bus BUS       virtio, ahci, nvme or usb: what it is attached to (virtio)
      --image FILE         a disk that `./pith image` made: the firmware starts what is on it
      --timeout S          end after S seconds
  image FILE               write a disk image that UEFI firmware boots, also from a stick: system and home
  test [SUITE...] [-R REGEX]
                           run the tests: all suites, or some of {suites}
  test --coverage          which lines and branches of the portable kernel unit tests and model take
  soak [NAME...] [--minutes N] [--seed S]
                           the same for longer and with other seeds; all, or some of
                           {soaks}
  bench [kernel|files|latency|cores] [--json FILE] [--cpu MODEL]
                           what the kernel's paths, or files, cost, in instructions, beside their targets; and how
                           long nothing else happens
  debug [OPTIONS]          QEMU stopped at the kernel's entry, gdb attached; options as for run
  format                   lay out all sources with clang-format
  help                     this text
""".format(suites=", ".join(suites.NAMES), soaks=", ".join(soak.SOAKS))


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Failure(f"{self.prog}: {message} (./pith help tells more)", 2)


def _machine_parser(name: str) -> Parser:
    parser = Parser(prog=name, add_help=False, allow_abbrev=False)
    parser.add_argument("--firmware", choices=["pvh", "uefi"], default="pvh")
    parser.add_argument("--machine", choices=["q35", "pc"], default="q35")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--memory", default="512M")
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--accel", choices=["tcg", "kvm"], default="tcg")
    parser.add_argument("--icount", action="store_true")
    parser.add_argument("--display", action="store_true")
    parser.add_argument("--disk", type=pathlib.Path, default=None)
    parser.add_argument("--disk-bus", choices=disk.BUSES, default="virtio")
    parser.add_argument("--image", type=pathlib.Path, default=None)
    parser.add_argument("--timeout", type=float, default=None)
    return parser


def _machine(name: str, arguments: list[str]) -> tuple[Machine, argparse.Namespace]:
    own, extra = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        own, extra = arguments[:at], arguments[at + 1:]
    options = _machine_parser(name).parse_args(own)
    fields = {key: value for key, value in vars(options).items() if key not in ("timeout", "image")}
    if options.image:
        if options.disk:
            raise Failure("--image: it is the disk already", 2)
        if not options.image.exists():
            raise Failure(f"--image: there is no {options.image} (./pith image makes one)", 2)
        fields.update(disk=options.image, firmware="uefi", boots_disk=True)
    machine = Machine(**fields, extra=extra)
    machine.check()
    return machine, options


def _prepare(machine: Machine, *more: packages.Package) -> None:
    needed = packages.BUILD_PACKAGES + packages.QEMU_PACKAGES + list(more)
    packages.require(needed + (packages.UEFI_PACKAGES if machine.firmware == "uefi" else []))
    if machine.disk and not machine.disk.exists():
        packages.require(packages.DISK_PACKAGES)
        disk.create(machine.disk)
    build.system()


def do_build(arguments: list[str]) -> int:
    Parser(prog="build", add_help=False).parse_args(arguments)
    packages.require(packages.BUILD_PACKAGES)
    build.system()
    return 0


def do_image(arguments: list[str]) -> int:
    parser = Parser(prog="image", add_help=False)
    parser.add_argument("file", type=pathlib.Path)
    file = parser.parse_args(arguments).file
    if file.exists():  # somebody's files may be on it
        raise Failure(f"image: {file} exists already")
    packages.require(packages.BUILD_PACKAGES + packages.UEFI_PACKAGES + packages.DISK_PACKAGES)
    build.system()
    image.create(file)
    return 0


def do_run(arguments: list[str]) -> int:
    machine, options = _machine("run", arguments)
    if options.timeout is not None and options.timeout <= 0:
        raise Failure("--timeout: a number of seconds above 0", 2)
    _prepare(machine)
    if sys.stdin is not None and sys.stdin.isatty():
        return session.interactive(machine, options.timeout)
    return session.piped(machine, options.timeout, sys.stdin)


def do_test(arguments: list[str]) -> int:
    parser = Parser(prog="test", add_help=False)
    parser.add_argument("suites", nargs="*")
    parser.add_argument("-R", dest="regex", default=None)
    parser.add_argument("--coverage", action="store_true")
    options = parser.parse_args(arguments)
    if options.coverage:
        return coverage.run()
    return suites.run(options.suites, options.regex)


def do_soak(arguments: list[str]) -> int:
    parser = Parser(prog="soak", add_help=False)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args(arguments)
    if options.minutes <= 0:
        raise Failure("--minutes: a number above 0", 2)
    return soak.run(options.names, options.minutes, options.seed)


def do_bench(arguments: list[str]) -> int:
    parser = Parser(prog="bench", add_help=False)
    parser.add_argument("suite", nargs="?", default="kernel")
    parser.add_argument("--json", default=None)
    parser.add_argument("--cpu", default="max")
    options = parser.parse_args(arguments)
    machine = Machine(cpu=options.cpu)
    machine.check()
    _prepare(machine)
    return bench.run(options.suite, machine, options.json)


def do_debug(arguments: list[str]) -> int:
    machine, _ = _machine("debug", arguments)
    _prepare(machine, *packages.DEBUG_PACKAGES)
    return debugger.run(machine)


def do_format(arguments: list[str]) -> int:
    Parser(prog="format", add_help=False).parse_args(arguments)
    packages.require(packages.FORMAT_PACKAGES)
    return subprocess.run([sys.executable, str(ROOT / "tools/lint.py"), "--fix"], check=False).returncode


def do_help(_: list[str]) -> int:
    print(USAGE, end="")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "build": do_build, "image": do_image, "run": do_run, "test": do_test, "soak": do_soak, "bench": do_bench,
    "debug": do_debug, "format": do_format, "help": do_help, "--help": do_help, "-h": do_help,
}


def main(arguments: list[str]) -> int:
    try:
        if not arguments:
            print(USAGE, end="", file=sys.stderr)
            return 2
        if arguments[0] not in COMMANDS:
            raise Failure(f"no command {arguments[0]} (./pith help lists them)", 2)
        return COMMANDS[arguments[0]](arguments[1:])
    except Failure as failure:
        print(f"pith: {failure}", file=sys.stderr)
        return failure.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except OSError as error:
        print(f"pith: {error.filename or 'system'}: {error.strerror}", file=sys.stderr)
        return 1
