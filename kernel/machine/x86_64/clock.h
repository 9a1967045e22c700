#pragma once

#include "base/time.h"
#include "kernel/machine/x86_64/cpu.h"

namespace pith::kernel {

/// a * b / c, exactly, where the result fits (the 128-bit division of C++ would need a run-time library).
[[nodiscard]] inline u64 multiply_divide(u64 a, u64 b, u64 c) {
    u64 low, high, quotient, remainder;
    asm("mulq %3" : "=a"(low), "=d"(high) : "a"(a), "r"(b));
    asm("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high), "r"(c));
    return quotient;
}

/// A rate as a fixed-point factor: multiply, then shift right by 32.
struct Scale {
    static constexpr u64 shift = 32;
    u64 factor = 0;
    /// `to` units pass while `from` units pass; both above 0, `to` below 2^32 times `from`.
    [[nodiscard]] static Scale ratio(u64 to, u64 from) {
        return {multiply_divide(to, u64{1} << shift, from)};
    }
    [[nodiscard]] constexpr u64 apply(u64 value) const {
        return static_cast<u64>(static_cast<unsigned __int128>(value) * factor >> shift);
    }
};

/// Time since the kernel started, by the time stamp counter, which all cores are taken to share.
class Clock {
  public:
    Clock() = default;
    Clock(u64 start, Scale nanoseconds_per_tick) : start_{start}, scale_{nanoseconds_per_tick} {}
    /// Zero until the rate is known.
    [[nodiscard]] static Ticks ticks() { return {cpu::read_tsc()}; }
    [[nodiscard]] Duration duration(Ticks count) const { return {scale_.apply(count.raw)}; }
    /// Programs may read the counter (CR4.TSD is clear).
    [[nodiscard]] ClockRate rate() const {
        return {.readable = true, .start = start_, .factor = scale_.factor, .shift = Scale::shift};
    }
    [[nodiscard]] Instant now() const { return {{scale_.apply(cpu::read_tsc() - start_)}}; }

  private:
    u64 start_ = 0;
    Scale scale_{};
};

} // namespace pith::kernel
