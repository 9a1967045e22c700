"""The system tests, as a table. tests/system/case.py says what the columns mean."""
from __future__ import annotations

import hashlib
import pathlib
import re
from typing import Callable, Optional

import broken
import commands
import controls
import disks
import repacked
import screens
import tables
from case import Case, Outcome
from cores import mostly_fast, stress
from hostile import attack, control, fuzz, machine_check, registers_kept, under_fire
from pithlib import ROOT, bench, build, stretches
from pithlib.keys import keys
from replayed import replay, replay_on
from screens import typed

CONFORMANCE = build.SYSTEM / "tests/system/conformance.initrd"
CONFIG = (ROOT / "cmake/initrd/config").read_bytes()
PROMPT = r"pith:/> \Z"
UEFI = {"firmware": "uefi"}

MOUNTS = "initrd   read-only  /\nmemory   read-write /tmp\nnothing  read-only  /boot\nnothing  read-only  /home\n"
TOUR = ["ls /", "ps", "cat /sys/config"]
TOUR_OUTPUT = [r"\bbin\b", r"\bsys\b", r"\binit\b", r"\bshell\b", r"^// Pith$"]


SOME_OF_ALL = ["ls -l /bin", "ps", "cat /sys/services", "crash null", "crash stack", "no-such-program", "ipctest"]


def tour(name: str, **on: object) -> Case:
    """The same short visit on every kind of machine."""
    return Case(name=f"machine.{name}", on=on, input=[*TOUR, "echo done"], output=[*TOUR_OUTPUT, r"^done$"],
                status=0, ends="guest-shutdown")


def shell(name: str, *lines: str, **expected: object) -> Case:
    return Case(name=f"shell.{name}", input=list(lines), **expected)  # type: ignore[arg-type]


def crash(kind: str, meaning: str, vector: int) -> Case:
    """A program that faults ends alone: its parent hears why, and the system goes on."""
    return shell(f"crash-{kind}", f"crash {kind}", "echo status $?", "echo alive",
                 output=[f"^crash: {meaning}", rf"^status {128 + vector}$", r"^alive$"], status=0)


def conformance(name: str, **on: object) -> Case:
    return Case(name=f"loader.conformance-{name}", initrd=CONFORMANCE,
                on={**on, "extra": ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]},
                console=[r"^conformance: [1-9]\d* passed, 0 failed$"], timeout=60)


def kernel_test(kind: str, meaning: str, where: str = "", **on: object) -> Case:
    """The kernel provokes its own failure; the log says what happened, in words, and where."""
    name = f"kernel.{kind}{'-' * bool(where)}{where}"
    return Case(name=name, on={**on, "environment": {"test": kind}}, until=r"^the system is halted",
                log=[rf"^PANIC on core \d+: .*{meaning}", r"^    [0-9a-f]{16} \w.* \+0x[0-9a-f]+$"], timeout=30)


def loader_error(name: str, make: Optional[Callable[[], pathlib.Path]], message: str, **on: object) -> Case:
    """What is wrong with the input is said in one line, on COM2 as on COM1."""
    line = rf"^pith-loader: .*{message}"
    return Case(name=f"loader.{name}", on=on, initrd=make, until=r"^pith-loader: .+$", log=[line],
                console=[line], timeout=30)


def instructions_to_prompt(log: str) -> int:
    """With --icount an instruction is a nanosecond, and the log counts them from the kernel's entry."""
    match = re.search(r"^\[\s*(\d+)\.(\d+)\].*shell: ready", log, re.MULTILINE)
    return int(match[1]) * 10**9 + int(match[2].ljust(9, "0")) if match else 0


def judge_boot_cost(outcome: Outcome) -> str:
    assert outcome.second is not None
    small, large = instructions_to_prompt(outcome.log), instructions_to_prompt(outcome.second.log)
    if not small or not large:
        return "no time of shell: ready in the log"
    outcome.note = (f"{small / 1e6:.2f} million instructions from the kernel's entry to the prompt, "
                    f"{(large - small) / 3.5e6:.3f} million more for each GiB of memory")
    return "" if small <= 40_000_000 else outcome.note


def judge_memory(outcome: Outcome) -> str:
    """All that is not free, the kernel's image and what the firmware keeps included."""
    match = re.search(r"(\d+) KiB free", outcome.output)
    if not match:
        return "mem does not say what is free"
    used = 64 * 1024 - int(match[1])
    outcome.note = f"{used / 1024:.1f} of 64 MiB in use at the prompt"
    return "" if used <= 24 * 1024 else outcome.note


def judge_leaks(outcome: Outcome) -> str:
    """After a first round, which fills what is kept, every round leaves as much memory as it found."""
    used = [int(kib) for kib in re.findall(r"(\d+) KiB used", outcome.output)]
    outcome.note = f"in use after each round: {', '.join(map(str, used))} KiB"
    return "" if len(used) == 4 and len(set(used[1:])) == 1 else outcome.note


def judge_screen(outcome: Outcome) -> str:
    """The boot log stands on the screen: light points on dark ground, in the upper part."""
    kind, size, _, points = outcome.picture.read_bytes().split(b"\n", 3)
    outcome.picture.unlink()
    width, height = map(int, size.split())
    lit = sum(value > 100 for value in points[:width * 3 * 100:3])
    outcome.note = f"{width}x{height}, {lit} light points in the first 100 lines"
    return "" if kind == b"P6" and 1000 < lit < width * 100 // 4 else outcome.note


def judge_tmp_is_empty(outcome: Outcome) -> str:
    """What was written and removed is free again, to the byte."""
    match = re.search(r"(\d+) KiB +(\d+) KiB +(\d+) KiB +(\d+) /tmp$", outcome.output, re.MULTILINE)
    return "" if match and match[1] == match[3] and match[4] == "0" else f"/tmp is not empty: {match and match[0]}"


def ports(name: str, *arguments: str, **on: object) -> Case:
    return Case(name=f"devices.ports-{name}", on=on, initrd=tables.with_devices, status=0, timeout=120,
                input=[" ".join(["/test/porttest", *arguments])], output=[r"^PASS "], never=[r"^FAIL .*"])
def devices(name: str, *expected: str, **on: object) -> Case:
    return Case(name=f"devices.{name}", on=on, initrd=tables.with_devices, status=0, timeout=120,
                input=["/test/devtest"], output=[r"^PASS ", *expected], never=[r"^FAIL .*"])


def costs(name: str, targets: list[bench.Target], **how: object) -> Case:
    """Paths cost what they may, on a machine whose clock counts instructions; those that should be one path are."""
    def judge(outcome: Outcome) -> str:
        rows = bench.rows_in(line.split() for line in outcome.output.splitlines())
        first = targets[0]
        outcome.note = f"{len(rows)} paths; {first.text}: {rows[first.row].median if first.row in rows else '?'}"
        return "\n".join(bench.complaints(targets, rows))
    return Case(name=f"cost.{name}", status=0, timeout=180, judge=judge, never=[r"^failed "], **how)  # type: ignore[arg-type]


def judge_stretches(outcome: Outcome, fewest: int = 30) -> str:
    rows = sorted(((longest, name) for name, (longest, _) in stretches.rows_of(outcome.log).items()), reverse=True)
    if len(rows) < fewest:
        return f"{len(rows)} rows"
    outcome.note = "longest with interrupts off: " + ", ".join(f"{name} {longest:,}" for longest, name in rows[:4])
    return "" if rows[0][0] < stretches.LONGEST else outcome.note


IOMMU = ["-device", "intel-iommu,intremap=on"]
EDU = ["-device", "edu,dma_mask=0xffffffffffffffff"]


def disk_case(name: str, bus: str, **on: object) -> Case:
    """What is written is there, in the partition and nowhere else; the disk's own table is still whole."""
    return Case(name=f"disks.{name}", on=on, disk=bus, status=0, timeout=120,
                input=["disks", "cat /bin/shell /bin/ipctest > /tmp/a", "dd if=/tmp/a of=disk:home bs=4K seek=100",
                       "dd if=disk:disk0p1 of=/tmp/b bs=512 skip=800 count=400", "dd if=/tmp/a of=/tmp/e bs=512 count=400", "cmp /tmp/e /tmp/b && echo same",
                       "dd if=disk:disk0 of=/tmp/c bs=512 skip=2848 count=400", "cmp /tmp/e /tmp/c && echo same place",
                       "dd if=/tmp/a of=disk:home bs=1M seek=63", "dd if=disk:nothing of=/tmp/d; echo status $?"],
                log=[r"(?s)devices: ready.* info \w+: ready"], never=[r"(?s) info \w+: ready.*devices: ready"],
                output=[r"^disk0 +65536 KiB +0 +131072 +512 disk$", r'^disk0p1 .* 2048 .*Linux home "home"$', r"^same$",
                        r"^same place$", r"^dd: /tmp/a: data ends too early$", r"^status 1$"])


CASES = [
    # The shell and its programs
    shell("echo", "echo hello", exactly="hello\n", status=0, ends="guest-shutdown"),
    shell("tour", *TOUR, output=TOUR_OUTPUT, status=0),
    shell("nothing-typed", exactly="", status=0),
    shell("unknown-command", "no-such-program", output=[r"no-such-program: .*not found"], status=127),
    shell("status-of-the-last", "false", "true", exactly="", status=0),
    shell("status-passes", "true", "false", status=1),
    shell("status-is-shown", "false", "echo $?", "no-such-program", "echo $?", output=[r"^1$", r"^127$"], status=0),
    shell("exit", "exit 42", "echo not reached", status=42, never=["not reached"]),
    shell("missing-file", "cat /nope", output=[r"^cat: /nope: not found$"], status=1),
    shell("quoting", "echo 'a  b' \"c d\"", exactly="a  b c d\n", status=0),
    # Files that can be written
    shell("files.written", "echo one > /tmp/a", "echo two >> /tmp/a", "cat /tmp/a", "wc -l /tmp/a",
          exactly="one\ntwo\n      2 /tmp/a\n", status=0),
    shell("files.directories", "mkdir -p /tmp/a/b", "echo x > /tmp/a/b/c", "rmdir /tmp/a", "mv /tmp/a /tmp/d", "find /tmp",
          "rm -r /tmp/d", "ls /tmp",
          exactly="rmdir: /tmp/a: directory not empty\n/tmp\n/tmp/d\n/tmp/d/b\n/tmp/d/b/c\n", status=0),
    shell("files.links", "mkdir /tmp/d", "echo x > /tmp/d/f", "ln -s d /tmp/l", "cat /tmp/l/f", "ln -s /tmp/b /tmp/a",
          "ln -s a /tmp/b", "cat /tmp/a", "ln /tmp/d/f /tmp/g", "stat /tmp/g", "echo y > /tmp/l/f", "cat /tmp/g",
          output=[r"^x$", r"^cat: /tmp/a: too many links$", r"^/tmp/g: file, size 2, inode \d+, links 2$", r"^y$"], status=0),
    shell("files.copies", "cp /bin/shell /tmp/s", "hexdump /tmp/s | tail -n 1", "cp /tmp/s /tmp/t", "cmp /bin/shell /tmp/t",
          "cp -r /sys /tmp/sys", "cmp /sys/services /tmp/sys/services", "rm /tmp/s", "cmp /tmp/t /sys/services",
          output=[r"^cmp: /tmp/t /sys/services differ"], never=["/bin/shell /tmp/t differ"], status=1),
    shell("files.read-only", "mkdir /bin/x", "rm /bin/ls", "echo x > /sys/y", "mv /bin/ls /tmp", "ls /tmp",
          output=[r"^mkdir: /bin/x: read-only$", r"^rm: /bin/ls: read-only$", r"^shell: /sys/y: read-only$"], status=0),
    shell("files.full", "cp /bin/shell /tmp/s", *["cp /tmp/s /tmp/s; cat /tmp/s >> /tmp/t; cat /tmp/t >> /tmp/s"] * 8,
          "cp /tmp/s /tmp/full", "rm /tmp/*", "df", "echo on",
          output=[r"no space left", r"^on$"], judge=judge_tmp_is_empty, status=0),
    shell("files.mounts", "mount", "mkdir /tmp/d", "echo x > /tmp/d/f", "mount -b /tmp/d /tmp/e", "cat /tmp/e/f", "mount",
          "umount /tmp/e", "cat /tmp/e/f", "umount /nope",
          exactly=f"{MOUNTS}x\n{MOUNTS}memory   read-write /tmp/e\ncat: /tmp/e/f: not found\numount: /nope: not found\n", status=1),
    # The shell's language
    shell("language.pipes", "cat /sys/services | grep grant | wc -l", "hexdump /bin/shell | head -n 1", "echo a | nope | cat", "cat < /nope",
          "cat /sys/services | head -n 1 | wc -c",
          output=[r"^ +\d+ $", r"^nope: command not found$", r"^shell: /nope: not found$"], never=["closed"], status=0),
    shell("language.conditions", "true && echo a || echo b", "false && echo a || echo b", "false || false && echo c", "echo $?",
          exactly="a\nb\n1\n", status=0),
    shell("language.variables", "x='a b'", "echo $x \"$x  c\"", "y=$x.txt", "echo $y > /tmp/f", "cat /tmp/f", "echo ${x}z",
          exactly="a b a b  c\na b.txt\na bz\n", status=0),
    shell("language.patterns", "cd /tmp", "touch a.c b.c c.h", "echo *.c [a]", "ls *.h", "echo /s*/conf*", "rm *", "echo *",
          exactly="a.c b.c [a]\nc.h\n/sys/config\n*\n", status=0),
    shell("language.scripts", "echo 'x=5' > /tmp/s", "echo 'echo $x $?; false' >> /tmp/s", ". /tmp/s", "echo $?",
          exactly="5 0\n1\n", status=0),
    *commands.CASES,
    shell("language.jobs", "sleep 1 &", "jobs", "wait", "jobs", "spin & kill %1; wait", "echo done",
          output=[r"^\[1\] sleep$", r"^spin: .*killed", r"^done$"], status=0),
    shell("help", "help", output=[r"\becho\b", r"\bpoweroff\b"], status=0),
    shell("many-commands", *[f"echo line {n}" for n in range(200)],
          exactly="".join(f"line {n}\n" for n in range(200)), status=0),
    shell("nothing-leaks", *(SOME_OF_ALL + ["mem -w"] + (SOME_OF_ALL * 5 + ["mem -w"]) * 3), status=0, judge=judge_leaks),
    shell("ipc-test", "ipctest", output=[r"^PASS "], never=[r"^FAIL "], status=0),
    shell("event-test", "/test/eventtest", output=[r"^PASS "], never=[r"^FAIL "], status=0),
    shell("file-test", "/test/filetest", output=[r"^PASS "], never=[r"^FAIL .*"], status=0, timeout=120),
    shell("memory-test", "/test/memtest", output=[r"^PASS "], never=[r"^FAIL "], status=0),
    shell("cap-test", "captest", output=[r"^PASS "], never=[r"^FAIL "], status=0),
    Case(name="shell.cap-test-cores-2", on={"cores": 2}, input=["captest"], output=[r"^PASS "], never=[r"^FAIL "], status=0),
    # Looking in
    shell("trace", "ktrace on", "crash divide", "ktrace off", "ktrace", status=0,
          output=[r"^\[ +\d+\.\d{6}\] 0 shell\.\d+ +call 0x", r"files\.\d+ +replies to shell", r"files\.\d+ +runs after shell\.\d+, priority 20$",
                  r"process \d+ +fault 0 at 0x", r"shell\.\d+ +ProcessCreate 0x"], never=["an unknown call"]),
    shell("trace-off", "ktrace", exactly="", status=0),
    shell("trace-usage", "ktrace sideways", exactly="usage: ktrace [on | off]\n", status=2),
    shell("top", "top 2", "top none", output=[r"(?s)\bshell\b.*\bshell\b", r"^ +ID NAME +CPU % +MEMORY +CALLS/s +SLOW/s$", r"^usage: top"],
          status=2),
    shell("ps-counts-calls", "ps", output=[r"^ +\d+ shell +1 +\d+ KiB +\d+ +[1-9]\d* +\d+ any$"], status=0),
    shell("budget", "budget 200 echo paid", "budget 5 echo poor", "budget x",
          output=[r"^paid$", r"^budget: exited with status 0; left [1-9]\d* of 200 pages behind, 0 stay in use$",
                  r"^budget: echo: no memory$", r"^usage: budget "], status=2),
    shell("fault-test", "/test/faulttest", output=[r"^PASS "], never=[r"^FAIL "], status=0),
    shell("debug", "debug echo traced", "debug crash null", "debug no-such-program",
          output=[r"^\[HandleInfo\(0x", r"^\[call\(handle ", r"^traced$", r"^\[ProcessExit\(0x0\)\]$", r"^\[exited with status 0\]$",
                  r"^\[page fault at 0x0, error 0x4\]$",
                  r"^  rip ", r"^  from 0x4", r"^debug: no-such-program: not found$"],
          status=127),
    shell("features", "uname", "uname -a", "uname -x", output=[r"^Pith$", r"^Pith x86_64 contract-1 fast-messages clock-page$", r"^usage: uname"],
          status=2),
    Case(name="shell.features-fewer", on={"cpu": "qemu64"}, input=["uname -a"], exactly="Pith x86_64 contract-1 clock-page\n", status=0),
    Case(name="shell.features-more", on={"extra": IOMMU}, input=["uname -a"], status=0,
         exactly="Pith x86_64 contract-1 fast-messages clock-page translated-dma\n"),
    shell("system", "free", "free -m", "uptime", "dmesg | head -n 1", "touch /tmp/e",
          "sha256sum /sys/config /tmp/e > /tmp/sums", "sha256sum -c /tmp/sums", "cat /sys/config | sha256sum", "echo x >> /tmp/e",
          "sha256sum -c /tmp/sums", "echo $?", "sha256sum /nope", "free -x",
          output=[r"^Memory +\d{6} +\d+ +\d+$", r"^up 0 days, 0:00:\d\d, 1 cores$", r"^\[ *0\.\d+\].*", r"^/sys/config: OK$",
                  rf"^{hashlib.sha256(CONFIG).hexdigest()}  -$", r"^/tmp/e: FAILED$", r"^sha256sum: /nope: not found$", r"^usage: free"],
          status=2),
    crash("divide", "divide error", 0),
    crash("null", "page fault at 0x0$", 14),
    crash("jump", "page fault at 0x1234$", 14),
    crash("write-code", "page fault", 14),
    crash("opcode", "invalid instruction", 6),
    crash("privileged", "general protection fault", 13),
    crash("noncanonical", "general protection fault", 13),
    crash("stack", "page fault", 14),
    # The supervisor
    Case(name="init.services-that-end", initrd=tables.services_that_end, ends="guest-shutdown", timeout=20,
         log=["init: missing does not start: not found", "init: flaky ended too often and stays ended",
              "init: deaf ended too often and stays ended", "client: closed", "init: client ended with status 1"]),
    Case(name="init.wrong-line", initrd=tables.wrong_line, until="init: sys/services, line 8: .*grant", timeout=20),
    # Power
    *[Case(name=f"power.{verb}-{board}", on={"machine": board}, input=[verb], status=0, ends=reason)
      for verb, reason in (("poweroff", "guest-shutdown"), ("reboot", "guest-reset")) for board in ("q35", "pc")],
    # At a terminal
    Case(name="terminal.prompt", dialogue=[("", PROMPT), ("echo hello\r", r"\r\nhello\r\npith:/> \Z")],
         judge=lambda o: "" if o.output.endswith("pith:/> ") else "something after the prompt"),
    Case(name="terminal.editing",
         dialogue=[("", PROMPT), ("echo abx\x7fc\r", r"\r\nabc\r\npith:/> \Z"),
                   ("cho start\x01e\r", r"\r\nstart\r\npith:/> \Z"),
                   ("rubbish\x15echo clean\r", r"\r\nclean\r\npith:/> \Z"),
                   ("\x1b[A\r", r"\r\nclean\r\npith:/> \Z"),
                   ("echo ac\x1b[Db\r", r"\r\nabc\r\npith:/> \Z")]),
    Case(name="terminal.completion",
         dialogue=[("", PROMPT), ("ec\tdone\r", r"\r\ndone\r\npith:/> \Z"), ("cat /sys/con\t\t", r"\r\nconfig  console  \r\n"),
                   ("fi\t\r", r"// Pith\r\n"), ("mkdir '/tmp/a b'\r", PROMPT), ("cd /tmp/a\t\r", r"pith:/tmp/a b> \Z")]),
    Case(name="terminal.interrupt",
         dialogue=[("", PROMPT), ("spin\r", r"spin\r\n"), ("\x03", PROMPT), ("echo $?\r", r"\r\n137\r\npith:/> \Z"),
                   ("rubbish", "rubbish"), ("\x03", PROMPT), ("echo on\r", r"\r\non\r\npith:/> \Z")]),
    Case(name="terminal.screen", dialogue=[("", PROMPT)], screen=True, judge=judge_screen),
    Case(name="terminal.screen-uefi", on=UEFI, dialogue=[("", PROMPT)], screen=True, judge=judge_screen),
    # At the keyboard, in front of the screen
    typed("line", "echo Hello there", shows=[r"^pith:/> echo Hello there$", r"^Hello there$", r"^pith:/> _$"]),
    typed("line-uefi", "echo Hello there", shows=[r"^Hello there$"], on=UEFI),
    typed("translated", "echo Hello there", shows=[r"^Hello there$"], on={"environment": {"keyboard": "translated"}}),
    Case(name="keyboard.editing", shows=[r"^abc$", r"^pith:/> _$"],
         keys=keys("echo acx") + ["backspace", "left"] + keys("b\n")),
    Case(name="keyboard.terminals", shows=[r"^two$", r"^pith:/> _$"],
         keys=keys("echo one\n") + ["alt-f2"] + keys("echo two\n")),
    Case(name="keyboard.terminal-again", shows=[r"^one$", r"^pith:/> _$"],
         keys=keys("echo one\n") + ["alt-f2"] + keys("echo two\n") + ["alt-f1"]),
    Case(name="keyboard.interrupt", shows=[r"^pith:/> spin$", r"^\^C$", r"^137$"],
         keys=keys("spin\n") + ["ctrl-c"] + keys("echo $?\n")),
    Case(name="keyboard.reads-lines", shows=[r"^one$\n^one$", r"^two$\n^two$", r"^0$"],
         keys=keys("cat\n") + keys("onx") + ["backspace"] + keys("e\ntwo\n") + ["ctrl-d"] + keys("echo $?\n")),
    Case(name="keyboard.german", shows=[r"^zyöÄß@é€$"],
         keys=keys("keymap de\n") + ["e", "c", "h", "o", "spc", "y", "z", "semicolon", "shift-apostrophe", "minus",
                                     "alt_r-q", "equal", "e", "alt_r-e", "ret"]),
    Case(name="keyboard.scroll-back", shows=[r"^pith:/> echo first$"], never=[],
         keys=keys("echo first\nhelp; help; help; help\n") + ["shift-pgup"] * 4),
    *screens.CASES,
    Case(name="terminal.no-screen", on={"extra": ["-vga", "none"]}, dialogue=[("", PROMPT), ("echo on\r", r"\non\r\n")]),
    Case(name="terminal.end", dialogue=[("", PROMPT), ("\x04", r"")], ends="guest-shutdown"),
    # Machines
    tour("cores-2", cores=2),
    tour("cores-4", cores=4),
    tour("memory-64M", memory="64M"),
    tour("memory-4G", memory="4G"),
    tour("qemu64", cpu="qemu64"),
    tour("qemu64-cores-2", cpu="qemu64", cores=2),
    tour("pc", machine="pc"),
    tour("icount", icount=True),
    tour("uefi", **UEFI),
    tour("uefi-cores-4", cores=4, **UEFI),
    tour("uefi-pc-qemu64", machine="pc", cpu="qemu64", **UEFI),
    tour("uefi-64M", memory="64M", **UEFI),
    tour("uefi-4G", memory="4G", cores=2, **UEFI),
    # The loader
    conformance("64M", memory="64M"),
    conformance("4G-cores-4", memory="4G", cores=4),
    conformance("pc-qemu64", machine="pc", cpu="qemu64", cores=2),
    conformance("uefi-64M", memory="64M", **UEFI),
    conformance("uefi-4G-cores-4", memory="4G", cores=4, **UEFI),
    Case(name="loader.cpio", initrd=repacked.as_cpio, input=["ls /bin"], output=[r"^shell$"], status=0),
    loader_error("no-initrd", None, "initrd"),
    loader_error("not-an-archive", broken.not_an_archive, "."),
    loader_error("no-kernel", broken.no_kernel, "sys/core"),
    loader_error("kernel-not-elf", broken.kernel_not_elf, "."),
    loader_error("kernel-too-large", broken.kernel_too_large, "."),
    loader_error("no-memory", broken.fills_8_mib, "memory", memory="8M"),
    loader_error("uefi-no-initrd", None, "INITRD|initrd", **UEFI),
    loader_error("uefi-no-kernel", broken.no_kernel, "sys/core", **UEFI),
    # The kernel's own failures
    kernel_test("panic", ""),
    kernel_test("kernel-fault", "page fault"),
    kernel_test("stack-overflow", "stack overflow"),
    kernel_test("double-fault", "double fault"),
    kernel_test("kernel-fault", "page fault", "uefi-cores-2", cores=2, **UEFI),
    # Programs that try to break out
    attack("max"),
    attack("max-cores-2", cores=2),
    attack("qemu64", cpu="qemu64"),
    attack("qemu64-cores-2", cpu="qemu64", cores=2),
    under_fire("max"),
    under_fire("cores-2", cores=2),
    under_fire("qemu64", cpu="qemu64"),
    machine_check(""),
    machine_check("-cores-2", cores=2),
    registers_kept("max"),
    registers_kept("qemu64", cpu="qemu64"),
    registers_kept("max-cores-2", cores=2),
    # All cores at once
    *[Case(name=f"cores.all-at-once-{cores}", on={"cores": cores}, timeout=120, input=["/test/coretest"], status=0,
           output=[r"^PASS threads run on all cores at once", r"^PASS no wake-up is lost"], never=[r"^FAIL .*\n.*"])
      for cores in (1, 2, 4)],
    stress("stress-2", 10, cores=2),
    stress("stress-4", 15, cores=4),
    stress("stress-checked-4", 10, checked=True, cores=4),
    mostly_fast("mostly-fast-1"),
    mostly_fast("mostly-fast-4", cores=4),
    shell("pinned", "pin 0 ps", "pin 9 echo not reached", "pin 0 cat /sys/services | pin 0 wc -l", "pin x echo", "pin 0",
          output=[r"^ +\d+ ps +1 .* (0|any)$", r"^echo: cannot run: ", r"^pin: usage: pin CORE COMMAND$"],
          never=["^not reached"], status=2),
    # What drivers hold, and what lies beyond it
    ports("all"),
    ports("qemu64", "short", cpu="qemu64"),
    ports("cores-2", "short", cores=2),
    # Calls by chance, on a kernel that checks its invariants as it goes
    # With a clock that counts instructions nobody waits for time to pass.
    fuzz("cores-1", 8_000_000, icount=True),
    fuzz("cores-4", 2_000_000, cores=4),
    # What exploration on the host came to, on the machine
    replay(),
    *[replay_on(one) for one in controls.REPLAYED],
    # Attacks on kernels that lack one check: they succeed there
    *[control(one) for one in controls.CONTROLS],
    devices("none", "^PASS memory$"),
    devices("edu", "^devices' addresses are trusted", extra=EDU),
    devices("iommu", "^devices' addresses are translated", "^PASS nothing after the domain's end$",
            extra=IOMMU + EDU),
    devices("iommu-48", "^devices' addresses are translated", extra=["-device", "intel-iommu,intremap=on,aw-bits=48"] + EDU),
    devices("iommu-no-interrupts", "^PASS nothing guards messages", extra=["-device", "intel-iommu,intremap=off"] + EDU),
    devices("iommu-off", "^devices' addresses are trusted", extra=IOMMU + EDU, environment={"iommu": "off"}),
    tour("iommu-cores-2", cores=2, extra=IOMMU),
    devices("edu-pc", "^PASS a level that is gone", extra=EDU, machine="pc"),
    # Disks
    disk_case("virtio", "virtio"),
    disk_case("virtio-cores-4", "virtio", cores=4),
    disk_case("virtio-pc", "virtio", machine="pc"),
    disk_case("ahci", "ahci"),
    disk_case("ahci-pc", "ahci", machine="pc"),
    disk_case("nvme", "nvme", cores=4),
    disk_case("nvme-iommu", "nvme", extra=IOMMU),
    Case(name="devices.tables", input=["devices"], status=0, log=["^.*devices: configuration space lies in memory$"],
         output=[r"bytes: MCFG: buses 0 to 255 at 0x", r"bytes: HPET: timer at 0xfed00000$", r"bytes: APIC: 2 processors, 1 interrupt controllers",
                 r"bytes: FACP: power control at port 0x[0-9a-f]+, timer at port 0x", r"^00:1f\.2 ahci$"], on={"cores": 2}),
    disk_case("ahci-iommu", "ahci", extra=IOMMU),
    disks.kept("kept", "virtio"),
    disks.kept("kept-ahci-cores-4", "ahci", cores=4),
    disks.driver_killed_under_files(),
    disks.killed_by_number(), disks.server_killed_unsynced(),
    disks.mounted_by_hand(),
    disks.mounted_at_the_start(), disks.mounts_outlive_servers(), disks.mounts_outlive_servers("-cores-4", cores=4), disks.too_many_mounts(), disks.servers_killed_while_mounting(), disks.mounts_leak_nothing(), disks.mounts_taken_from_all(), disks.mounts_that_fail(),
    disks.times(),
    disks.history_kept(),
    disks.fat_kept(),
    disks.image_boots(),
    disks.gives_way(),
    disks.tree("tree", 600, 24),
    disks.tree("large-tree", 10_000, 1024, timeout=3000, later=True),
    Case(name="disks.driver-killed", disk="virtio", status=0, timeout=180,
         input=[f"cat {' '.join(['/bin/shell'] * 8)} > /tmp/a", "dd if=/tmp/a of=disk:home bs=512 &",
                *[disks.KILL_VIRTIO] * 4, "jobs", "wait",
                "dd if=disk:home of=/tmp/b bs=512 count=2000 &", *[disks.KILL_VIRTIO] * 4, "jobs", "wait", "devices",
                "dd if=disk:home of=/tmp/c bs=4K count=250", "dd if=/tmp/a of=/tmp/d bs=4K count=250",
                "cmp /tmp/c /tmp/d && echo written whole", "cmp /tmp/b /tmp/d && echo read whole"],
         output=[r"^\[1\] dd(.|\n)*^\[1\] dd", r"^written whole$", r"^read whole$", r"^00:02.0 virtio_blk, restarted 8 times$"],
         log=[r"(devices: virtio_blk killed(.|\n)*){8}"]),
    Case(name="disks.example-driver", on={"extra": EDU}, initrd=tables.with_example, status=0, timeout=120,
         input=["/test/factorial 5", "devices -r 00:02.0", "/test/factorial 10", "lspci"],
         output=[r"^120$", r"^3628800$", r"1234:11e8 .*: edu, restarted 1 times$"]),
    Case(name="services.example", initrd=tables.with_board, status=0, log=[r"board: ready"],
         input=["/test/note &", "/test/note 'the tea is ready'; wait", "/test/note again; /test/note third; /test/note; /test/note",
                *["/test/note x"] * 9, "/test/note '" + "long " * 50 + "'", "ls | /test/note a b; true"],
         exactly="1: the tea is ready\n2: again\n3: third\n/test/note: the board: no space left\n"
                 "/test/note: the board: too large\nusage: note [TEXT]\n"),
    # What it costs
    Case(name="cost.stretches", on={"icount": True}, initrd=repacked.with_measured_kernel, status=0, timeout=180,
         input=["/bench/latency", "/test/attack processes.", "/test/eventtest", "captest"], judge=judge_stretches),
    Case(name="cost.long-lines", on={"icount": True}, initrd=repacked.with_long_lines, timeout=60, ends="guest-shutdown",
         log=[r"longlines: \|{256}$"], judge=lambda outcome: judge_stretches(outcome, 5)),
    costs("paths", bench.KERNEL, on={"icount": True}, input=["/bench/kernel"]),
    costs("paths-of-a-machine", bench.MACHINE, on={"icount": True, "extra": EDU}, initrd=tables.machine_benchmark, input=[""]),
    Case(name="cost.boot", on={"icount": True}, other={"memory": "4G"}, dialogue=[("", PROMPT)], log=[r"shell: ready"],
         judge=judge_boot_cost),
    Case(name="cost.memory", on={"memory": "64M"}, input=["mem"], status=0, judge=judge_memory),
]
