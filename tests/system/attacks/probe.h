#pragma once

#include "os/syscall.h"

#include <span>

namespace pith::attacks {

/// What may happen to a probe, as a mask: bit N, exception N; and from bit 59 on what has no vector.
namespace may {
inline constexpr u64 divide = 1 << 0, debug = 1 << 1, breakpoint = 1 << 3, overflow = 1 << 4, opcode = 1 << 6,
                     stack = 1 << 12, protection = 1 << 13, page = 1 << 14;
inline constexpr u64 other = u64{1} << 59;         ///< killed, or a status that nobody gave
inline constexpr u64 umip_or_work = u64{1} << 60;  ///< works where the processor has no UMIP
inline constexpr u64 need_fsgsbase = u64{1} << 61; ///< an invalid opcode where it has no FSGSBASE
inline constexpr u64 status0 = u64{1} << 62;       ///< the program found nothing wrong
inline constexpr u64 work = u64{1} << 63;          ///< the code ran to its end
} // namespace may

/// A piece of machine code (probes.S).
struct Probe {
    const char* name;
    const std::byte* begin;
    const std::byte* end;
    u64 mask;
    u64 argument;

    [[nodiscard]] std::span<const std::byte> code() const { return {begin, end}; }
};
[[nodiscard]] std::span<const Probe> probes();

/// What the processor has.
struct Processor {
    bool umip, fsgsbase, avx;
    [[nodiscard]] static Processor ask();
    /// The mask, with what depends on the processor decided.
    [[nodiscard]] u64 resolve(u64 mask) const;
};

} // namespace pith::attacks
