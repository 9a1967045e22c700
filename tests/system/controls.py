"""Kernels with one check removed. An attack that the kernel fends off must succeed on one that does not check:
otherwise the attack shows nothing."""
from __future__ import annotations

import dataclasses
import json
import pathlib
import shlex
import subprocess
from typing import Optional

import repacked
from pithlib import BUILD, ROOT, Failure, build

FOLDER = BUILD / "controls"
PARTS = "kernel/CMakeFiles/pith_kernel_parts.dir/"


@dataclasses.dataclass(frozen=True)
class Control:
    """`old` in `file`, which is compiled by itself, or in `header` as `file` sees it, becomes `new`, everywhere. Then the
    attacks whose names begin with `attack` fail as `fails` says: in what the system prints, or in how the kernel ends."""

    name: str
    attack: str
    file: str
    old: str
    new: str
    fails: str = ""
    quick: bool = False  # part of every run, not only of the soak
    cores: int = 1
    cpu: str = "max"
    checked: bool = False  # the kernel that checks its invariants as it goes (tests/checked)
    typed: str = ""  # instead of the attack
    header: str = ""
    also: tuple = ()  # other files that see the changed header
    monitor: Optional[tuple] = None  # what QEMU's monitor is told meanwhile (Case.monitor)

    def pattern(self) -> str:
        return self.fails or rf"^FAIL {self.attack}"

    def place(self) -> str:
        """Where `old` stands."""
        return self.header or self.file

    def line(self) -> str:
        return self.typed or f"/test/attack {self.attack}"


PANIC = r"^PANIC on core"
NMI = (0.002, "inject-nmi", {})
ENTRY = "kernel/machine/x86_64/entry.S"
HANDLES = "kernel/object/handle_table.cpp"
DEBUG = "kernel/syscall/debug_calls.cpp"
LATER = "    for (volatile int turns = 0; turns < 20000; turns = turns + 1) {\n    }\n"  # the other core has time to write
CHECKS = "kernel/object/handle_table.h"  # of the handles that a call names
KIND_CHECK = "        if (slot->object->kind() != kind) [[unlikely]]\n            return fail(Error::wrong_kind);\n"
# Programs that begin where the attackers of some classes do begin in ring 0. On a processor that would let them: without SMEP and SMAP.
IN_RING_3 = "    movq REG_RSP(%rax), %rsp\n    movq REG_RAX(%rax), %rax\n    swapgs\n    sysretq\n1:  ud2"
IN_RING_0 = IN_RING_3.replace("    sysretq\n", "    cmpq $0x400000, %rcx\n    jne 2f\n    btq $40, %rsp\n    jc 2f\n    pushq %r11\n    popfq\n    jmp *%rcx\n2:  sysretq\n")
CONTROLS = [
    # The processor's own rules: what the kernel sets up for it
    *[Control(f"ring-0-{name}", attack, ENTRY, IN_RING_3, IN_RING_0, rf"^FAIL {attack}|{PANIC}", cpu="qemu64")
      for name, attack in (("instructions", "privileged.clts"), ("control-registers", "control-register.read-3"),
                           ("debug-registers", "debug-register.read-7"), ("msrs", "msrs.read"), ("selectors", "ring0.mov-ss"))],
    Control("kernel-pages-for-all", "addresses.read-kernel-image", "kernel/memory/page_table.cpp", "user_half ? user : ", "true ? user : ",
            header="kernel/memory/page_entry.h", also=("kernel/machine/x86_64/boot/kernel_space.cpp",), cpu="qemu64"),
    Control("breakpoints-closed", "raise.int3", "kernel/machine/x86_64/trap_table.cpp", "vector == 3 || vector == 4 ? 0xee", "vector == 4 ? 0xee"),
    Control("io-privilege", "privileged.cli", ENTRY, "orl $0x202,", "orl $0x3202,", quick=True),
    Control("io-privilege-ports", "ports.in-8", ENTRY, "orl $0x202,", "orl $0x3202,"),
    Control("io-privilege-flags", "flags.io-privilege", ENTRY, "orl $0x202,", "orl $0x3202,"),
    Control("all-gates-open", "vectors.", "kernel/machine/x86_64/trap_table.cpp",
            "vector == 3 || vector == 4 ? 0xee : 0x8e", "vector < 256 ? 0xee : 0x8e", rf"^FAIL vectors\.|{PANIC}"),
    # Entering and leaving
    Control("sign-of-gs-base", "gs-base.", ENTRY, "    testb $3, REG_CS(%rsp)\n    jz entered_from_kernel\n    swapgs\n",
            "    rdgsbase %rax\n    testq %rax, %rax\n    js entered_from_kernel\n    swapgs\n",
            rf"^FAIL gs-base|{PANIC}|ended before"),
    Control("sign-of-stack-pointer", "stack-pointer.syscall", ENTRY,
            "direct_call:\n    movq %rsp, %gs:CORE_SCRATCH\n    movq %gs:CORE_STACK_TOP, %rsp\n",
            "direct_call:\n    movq %rsp, %gs:CORE_SCRATCH\n    testq %rsp, %rsp\n    js 3f\n    movq %gs:CORE_STACK_TOP, %rsp\n3:\n",
            rf"^FAIL stack-pointer|{PANIC}|ended before"),
    Control("bases-not-checked", "threads.bad-starts", "kernel/syscall/thread_calls.cpp",
            "!is_user_address(call.entry) || !is_user_address(call.stack)", "!is_user_address(call.stack)",
            rf"^FAIL threads|{PANIC}"),
    # What may come at any moment
    Control("nmi-is-an-exception", "gs-base.", "kernel/machine/x86_64/trap_table.cpp",
            "    if (vector == 2) return TrapStack::nmi;\n", "", rf"^FAIL |{PANIC}|ended before", monitor=NMI,
            typed="/test/attack gs-base.; /test/attack gs-base.; /test/attack floods."),
    # Memory
    Control("memory-not-zeroed", "memory.", "kernel/object/memory.cpp",
            "        std::memset(account.access()(frame(zeroed_)), 0, page_size);\n", "",
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
    Control("rights-not-checked", "handles.without-the-right", "kernel/syscall/direct_calls.cpp",
            "        if (!slot->rights().has(rights)) [[unlikely]]\n            return fail(Error::denied);\n", "", header=CHECKS),
    Control("kinds-not-checked", "handles.wrong-kind", "kernel/syscall/memory_calls.cpp", KIND_CHECK, "",
            rf"^FAIL handles|{PANIC}", header=CHECKS),
    Control("generations-stay", "handles.stale", HANDLES, "slot.name = slot.name.next_generation();", "",
            rf"^FAIL handles|{PANIC}"),
    Control("badges-mint", "handles.badges", "kernel/syscall/handle_calls.cpp",
            "wanted.raw & ~abi::rights::endpoint::mint.raw", "wanted.raw"),
    # Messages
    Control("tags-not-checked", "messages.reserved-bits", "kernel/syscall/messages.cpp",
            "    if (!tag.well_formed()) return deliver_error(thread, Error::bad_argument);\n", "",
            rf"^FAIL messages|{PANIC}"),
    Control("handles-move-without-copy", "messages.bad-handles", "kernel/syscall/transfer.cpp",
            "        if (!can_be_copied && slot->kind() != abi::Kind::reply) return fail(Error::denied);\n", "",
            rf"^FAIL messages|{PANIC}"),
    Control("words-leak", "messages.clean-replies", "kernel/syscall/transfer.cpp",
            "    thread.context.registers.deliver(tag, 0, {});\n}\n\n} // namespace pith::kernel",
            "    thread.context.registers.deliver(tag, 0, thread.context.registers.words());\n}\n\n} // namespace pith::kernel"),
    Control("handles-read-twice", "messages.double-fetch", "kernel/syscall/transfer.cpp",
            "        const u32 slot = to.reserved[--to.reserved_count];\n",
            f"{LATER}        names[i].raw = *const_cast<const volatile u64*>(&from.buffer->handles[i].raw);\n"
            "        const u32 slot = to.reserved[--to.reserved_count];\n",
            rf"^FAIL messages|{PANIC}", cores=2),
    # Calls by chance
    Control("kinds-not-checked-by-chance", "calls.random", "kernel/syscall/memory_calls.cpp", KIND_CHECK, "",
            rf"^FAIL calls|{PANIC}|ended before", header=CHECKS),
    # What others left behind
    Control("vectors-left", "leftovers.", "kernel/sched/schedule.cpp",
            "{ load(&initial, features); }", "{ static_cast<void>(features); }",
            header="kernel/machine/x86_64/vector_state.h"),
    Control("vectors-not-saved", "registers", "kernel/sched/schedule.cpp",
            "asm volatile(\"xsave64 (%0)\" ::\"r\"(area), \"a\"(low), \"d\"(0) : \"memory\");", "static_cast<void>(low);",
            r"^FAIL registers", header="kernel/machine/x86_64/vector_state.h", typed="/test/statetest"),
    # Threads, processes
    Control("any-priority", "threads.priorities", "kernel/syscall/thread_calls.cpp",
            "priority > caller.thread.base_priority", "priority > caller.thread.base_priority + 64u", quick=True),
    Control("started-twice", "threads.start-twice", "kernel/syscall/thread_calls.cpp",
            "thread.state != ThreadState::created || thread.process().ended", "thread.process().ended",
            rf"^FAIL threads|{PANIC}"),
    Control("orphans-live", "processes.", "kernel/sched/life.cpp",
            "    while (!process.embryos.empty() && !effort_.is_over())\n"
            "        end_process(*process.embryos.front(), {.kind = abi::ExitKind::killed}, process.urgency);\n"
            "    if (process.threads.empty() && !process.left) release_process(process);\n"
            "    return !next() && process.embryos.empty();\n",
            "    if (process.threads.empty() && !process.left) release_process(process);\n    return !next();\n",
            rf"^FAIL processes|{PANIC}"),
    # The debug right
    Control("written-registers-not-checked", "debug.bad-registers", DEBUG, "!is_user_address({image.rip}) || ", ""),
    Control("registers-read-twice", "debug.double-fetch", DEBUG, "    set_image(thread.context, image);\n",
            f"{LATER}    std::memcpy(&image, caller.thread.buffer->words.data(), sizeof image);\n    set_image(thread.context, image);\n",
            rf"^FAIL debug|{PANIC}", cores=2),
    Control("debugger-writes-anything", "debug.memory-of-others", DEBUG,
            "    if (!mapping || !mapping->view.allowed.has(access)) return {};\n", "    if (!mapping) return {};\n", quick=True),
    # Floods
    Control("turns-without-end", "floods.", "kernel/sched/schedule.cpp", "if (wanted == core.armed) return;",
            "if (wanted == core.slice_end) wanted = Instant::never();\n    if (wanted == core.armed) return;",
            r"^FAIL floods|did not end|in time"),
    # Calls by chance: a broken invariant, memory that is lost
    Control("invariant-broken", "fuzz", "kernel/sched/waits.cpp", "    thread.unusual &= ~unusual::deadline;\n", "",
            r"check: after \d+ entries: a deadline that is kept", checked=True, typed="/test/fuzz 300000", quick=True),
    Control("frames-lost", "fuzz", "kernel/object/thread.cpp",
            "    if (context.vector_area) payer().account().give_frame(vector_frame_);\n", "", r"^FAIL \d+ calls|check: after|PANIC",
            checked=True, typed="/test/fuzz 20000"),
]


# What exploration has seen must come out differently there.
REPLAYED = [
    Control("replay", "", "kernel/syscall/messages.cpp", "cancel(*dropped, Error::dropped)",
            "cancel(*dropped, Error::interrupted)", r"^FAIL sequence"),
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
    text = (ROOT / control.place()).read_text()
    if control.old not in text:
        raise Failure(f"control {control.name}: {control.place()} does not say {control.old!r} any more")
    folder = FOLDER / control.name
    patched = folder / (control.header or source.name)
    patched.parent.mkdir(parents=True, exist_ok=True)
    patched.write_text(text.replace(control.old, control.new))
    objects = {}  # the kernel's own, and what takes its place
    for name in (control.file, *control.also):
        own = f"{PARTS}{name.removeprefix('kernel/')}.obj"
        objects[own] = f"{folder}/object{len(objects)}"
        compiler = _compile_command(ROOT / name).replace(f"{own}.d", f"{objects[own]}.d")
        if control.header:  # it comes first where headers are looked for
            compiler = compiler.replace(" -c ", f" -I{folder} -c ").replace("clang++-19 ", f"clang++-19 -I{folder} ", 1)
        else:
            compiler = compiler.replace(str(source), str(patched))
        _run(compiler.replace(own, objects[own]).replace(" -c ", " -w -c "))  # what has lost its use is no mistake here
    core = "tests/checked/core" if control.checked else "sys/core"
    link = subprocess.run(["ninja", "-t", "commands", core], cwd=build.SYSTEM, capture_output=True, text=True,
                          check=True).stdout.splitlines()[-1].split(" && cd ")[0]  # without what copies it
    for own, changed in objects.items():
        if own not in link:
            raise Failure(f"control {control.name}: {core} is linked without {own}")
        link = link.replace(own, changed)
    _run(link.replace(f"-o {core}", f"-o {folder}/core"))
    _run(shlex.join(["llvm-objcopy-19", "--strip-debug", f"{folder}/core"]))
    return repacked.with_kernel(f"controls/{control.name}.initrd", (folder / "core").read_bytes())
