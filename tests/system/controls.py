"""Kernels with one check removed. An attack that the kernel fends off must succeed on one that does not check:
otherwise the attack shows nothing."""
from __future__ import annotations

import dataclasses
import json
import pathlib
import shlex
import subprocess

import repacked
from pithlib import BUILD, ROOT, Failure, build

FOLDER = BUILD / "controls"
PARTS = "kernel/CMakeFiles/pith_kernel_parts.dir/"


@dataclasses.dataclass(frozen=True)
class Control:
    """`old` in `file`, which is compiled by itself (no header), becomes `new`, everywhere. Then the attacks whose names
    begin with `attack` fail as `fails` says: in what the system prints, or in how the kernel ends."""

    name: str
    attack: str
    file: str
    old: str
    new: str
    fails: str = ""
    quick: bool = False  # part of every run, not only of the soak

    def pattern(self) -> str:
        return self.fails or rf"^FAIL {self.attack}"


PANIC = r"^PANIC on core"
ENTRY = "kernel/machine/x86_64/entry.S"
HANDLES = "kernel/object/handle_table.cpp"
CONTROLS = [
    # The processor's own rules: what the kernel sets up for it
    Control("io-privilege", "privileged.cli", ENTRY, "orl $0x202,", "orl $0x3202,", quick=True),
    Control("io-privilege-ports", "ports.in-8", ENTRY, "orl $0x202,", "orl $0x3202,"),
    Control("io-privilege-flags", "flags.io-privilege", ENTRY, "orl $0x202,", "orl $0x3202,"),
    Control("all-gates-open", "vectors.", "kernel/machine/x86_64/trap_table.cpp",
            "vector == 3 || vector == 4 ? 0xee : 0x8e", "vector < 256 ? 0xee : 0x8e", rf"^FAIL vectors\.|{PANIC}"),
    # Entering and leaving
    Control("sign-of-gs-base", "gs-base.", ENTRY, "    testb $3, REG_CS(%rsp)\n    jz entered_from_kernel\n    swapgs\n",
            "    rdgsbase %rax\n    testq %rax, %rax\n    js entered_from_kernel\n    swapgs\n",
            rf"^FAIL gs-base|{PANIC}|ended before"),
    Control("bases-not-checked", "threads.bad-starts", "kernel/syscall/thread_calls.cpp",
            "!is_user_address(call.entry) || !is_user_address(call.stack)", "!is_user_address(call.stack)",
            rf"^FAIL threads|{PANIC}"),
    # Memory
    Control("memory-not-zeroed", "memory.", "kernel/object/memory.cpp",
            "*place = TRY(account.take_zeroed_frame());", "*place = TRY(account.take_frame());",
            r"^FAIL memory\.fresh", quick=True),
    Control("access-not-checked", "memory.rights", "kernel/memory/address_space.cpp",
            "    if (!may_have(view, memory, access)) return fail(Error::denied);\n", ""),
    Control("writable-code", "memory.write-and-execute", "kernel/memory/address_space.cpp",
            "    const Protection protection = TRY(protection_for(access));\n    if (!may",
            "    const Protection protection =\n"
            "        (access.raw & 6) == 6 ? Protection::read_write : TRY(protection_for(access));\n    if (!may", quick=True),
    Control("budgets-not-checked", "memory.budgets", "kernel/memory/account.cpp",
            "    if (count > available()) return fail(Error::no_memory); // so the sum cannot wrap\n", "",
            rf"^FAIL memory|{PANIC}"),
    # Handles
    Control("rights-grow", "handles.rights-only-shrink", HANDLES, "slot->rights() & rights, slot->badge", "rights, slot->badge",
            quick=True),
    Control("rights-not-checked", "handles.without-the-right", HANDLES,
            "    if (!slot->rights().has(rights)) return fail(Error::denied);\n", ""),
    Control("kinds-not-checked", "handles.wrong-kind", HANDLES,
            "    if (slot->kind() != kind) return fail(Error::wrong_kind);\n", "", rf"^FAIL handles|{PANIC}"),
    Control("generations-stay", "handles.stale", HANDLES, "slot.name = slot.name.next_generation();", "",
            rf"^FAIL handles|{PANIC}"),
    Control("badges-mint", "handles.badges", "kernel/syscall/handle_calls.cpp",
            "wanted.raw & ~abi::rights::endpoint::mint.raw", "wanted.raw"),
    # Messages
    Control("tags-not-checked", "messages.reserved-bits", "kernel/syscall/messages.cpp",
            "    if (!tag.well_formed()) return deliver_error(thread, Error::bad_argument);\n", "",
            rf"^FAIL messages|{PANIC}"),
    Control("handles-move-without-copy", "messages.bad-handles", "kernel/syscall/transfer.cpp",
            "        if (moves && slot->kind() != abi::Kind::reply) return fail(Error::denied);\n", "", rf"^FAIL messages|{PANIC}"),
    Control("words-leak", "messages.clean-replies", "kernel/syscall/transfer.cpp",
            "    thread.context.registers.deliver(tag, 0, {});\n}\n\n} // namespace pith::kernel",
            "    thread.context.registers.deliver(tag, 0, thread.context.registers.words());\n}\n\n} // namespace pith::kernel"),
    # Threads, processes
    Control("any-priority", "threads.priorities", "kernel/syscall/thread_calls.cpp",
            "priority > caller.thread.base_priority", "priority > caller.thread.base_priority + 64u", quick=True),
    Control("started-twice", "threads.start-twice", "kernel/syscall/thread_calls.cpp",
            "thread.state != ThreadState::created || thread.process().ended", "thread.process().ended",
            rf"^FAIL threads|{PANIC}"),
    Control("orphans-live", "processes.", "kernel/sched/life.cpp",
            "    while (Process* embryo = process.embryos.front())\n        end_process(*embryo, {.kind = abi::ExitKind::killed}, urgency);\n",
            "", rf"^FAIL processes|{PANIC}"),
]


def _run(command: str) -> None:
    done = subprocess.run(command, shell=True, cwd=build.SYSTEM, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"a control kernel does not build: {(done.stdout + done.stderr)[-800:]}")


def _compile_command(source: pathlib.Path) -> str:
    for entry in json.loads((build.SYSTEM / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == source and PARTS in entry["command"]:
            return entry["command"]
    raise Failure(f"nobody compiles {source}")


def kernel(control: Control) -> pathlib.Path:
    """An initial ram disk with the kernel that has not this check: one file is compiled anew, and all is linked."""
    source = ROOT / control.file
    text = source.read_text()
    if control.old not in text:
        raise Failure(f"control {control.name}: {control.file} does not say {control.old!r} any more")
    folder = FOLDER / control.name
    folder.mkdir(parents=True, exist_ok=True)
    patched = folder / source.name
    patched.write_text(text.replace(control.old, control.new))
    own = f"{PARTS}{control.file.removeprefix('kernel/')}.obj"
    compiler = _compile_command(source).replace(str(source), str(patched)).replace(f"{own}.d", f"{folder}/object.d")
    _run(compiler.replace(own, f"{folder}/object").replace(" -c ", " -w -c "))  # what has lost its use is no mistake here
    link = subprocess.run(["ninja", "-t", "commands", "sys/core"], cwd=build.SYSTEM, capture_output=True, text=True,
                          check=True).stdout.splitlines()[-1]
    if own not in link:
        raise Failure(f"control {control.name}: sys/core is linked without {own}")
    _run(link.replace(own, f"{folder}/object").replace("-o sys/core", f"-o {folder}/core"))
    _run(shlex.join(["llvm-objcopy-19", "--strip-debug", f"{folder}/core"]))
    return repacked.with_kernel(f"controls/{control.name}.initrd", (folder / "core").read_bytes())
