#pragma once

#include "abi/message.h"
#include "base/types.h"

#include <array>

namespace pith::kernel {

/// A thread's general registers in its save area. The order is known to machine/x86_64/entry.S; the last five
/// are what the processor pushes itself, so an interrupt from user mode lands in place (the core's rsp0 is
/// the end of this structure).
struct Registers {
    u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rsi, rdi, rdx, rcx, rax;
    u64 vector, error;
    u64 rip, cs, rflags, rsp, ss;

    // Ordinary system calls: abi/syscalls.h.
    [[nodiscard]] u64 call_number() const { return rax; }
    [[nodiscard]] std::array<u64, 6> arguments() const { return {rdi, rsi, rdx, r10, r8, r9}; }
    /// As a program left them that has called, but for what it keeps anyway.
    void ask(u64 number, const std::array<u64, 6>& words) {
        rax = number;
        rdi = words[0], rsi = words[1], rdx = words[2];
        r10 = words[3], r8 = words[4], r9 = words[5];
    }
    /// The whole answer of an ordinary call; every other caller-saved register becomes 0.
    void answer(u64 error_number, std::array<u64, 3> values = {}) {
        rax = error_number;
        rdx = values[0];
        rsi = values[1];
        r8 = values[2];
        rdi = r9 = r10 = 0;
    }

    // Messaging calls.
    [[nodiscard]] abi::MessageTag tag() const { return {rax}; }
    [[nodiscard]] abi::Handle handle() const { return {rdi}; }
    [[nodiscard]] std::array<u64, abi::register_words> words() const {
        return {rbx, r12, r13, r14, r15, rdx, rsi, r8, r9, r10};
    }
    void deliver(abi::MessageTag tag, u64 badge, const std::array<u64, abi::register_words>& words) {
        rax = tag.raw;
        rdi = badge;
        rbx = words[0], r12 = words[1], r13 = words[2], r14 = words[3], r15 = words[4];
        rdx = words[5], rsi = words[6], r8 = words[7], r9 = words[8], r10 = words[9];
    }
};
static_assert(sizeof(Registers) == 22 * 8 && sizeof(Registers) % 16 == 0);

} // namespace pith::kernel
