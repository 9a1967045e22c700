// crash KIND: faults on purpose, so that tests see who hears of it.
#include "proto/terminal.h"

using namespace pith;

namespace {

[[gnu::noinline]] int recurse(volatile int* depth) {
    volatile int here[256] = {*depth + 1};
    return *depth < 0 ? 0 : recurse(here) + here[255];
}

/// False: no such kind. Does not return otherwise.
bool crash(std::string_view kind) {
    if (kind == "divide")
        asm volatile("xorl %%edx, %%edx; xorl %%ecx, %%ecx; divl %%ecx" ::: "eax", "ecx", "edx", "cc");
    if (kind == "null") asm volatile("movq 0, %%rax" ::: "rax");
    if (kind == "jump") asm volatile("movl $0x1234, %%eax; jmp *%%rax" ::: "rax");
    if (kind == "write-code") asm volatile("movb $0, 1f(%%rip); 1: nop" ::: "memory");
    if (kind == "opcode") asm volatile("ud2");
    if (kind == "privileged") asm volatile("cli");
    if (kind == "noncanonical")
        asm volatile("movabsq $0x8000000000000000, %%rax; movb (%%rax), %%al" ::: "rax");
    if (kind == "memory") {
        for (;;)
            static_cast<void>(new char[1 << 20]);
    }
    volatile int depth = 0;
    if (kind == "stack") return recurse(&depth) != 0;
    return false;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::errors(start));
    if (!crash(start.argument(1).value_or("")))
        terminal.write(
            "usage: crash divide|null|jump|write-code|opcode|privileged|noncanonical|stack|memory\n");
    return 2;
}
