#pragma once

#include "base/strong.h"

namespace pith {

/// Nanoseconds since the kernel started; never goes back. As a deadline: `Instant::never()` waits for ever.
struct Instant : Strong<struct InstantTag> {
    [[nodiscard]] static constexpr Instant never() { return {{~u64{0}}}; }
    [[nodiscard]] constexpr bool is_never() const { return raw == ~u64{0}; }
};
/// Nanoseconds.
using Duration = Strong<struct DurationTag>;

/// Time in the machine's own unit: what accounting adds up, because it costs nothing to read.
using Ticks = Strong<struct TicksTag>;

/// How a clock's time follows from a counter that programs can read themselves: `factor` times what it has
/// advanced since `start`, shifted right by `shift`.
struct ClockRate {
    bool readable; ///< by programs, and the same on every core
    u64 start;
    u64 factor;
    u64 shift;
};

[[nodiscard]] constexpr Duration microseconds(u64 n) { return {n * 1000}; }
[[nodiscard]] constexpr Duration milliseconds(u64 n) { return {n * 1'000'000}; }
/// Saturates at `never`.
[[nodiscard]] constexpr Instant operator+(Instant at, Duration d) {
    u64 sum;
    if (__builtin_add_overflow(at.raw, d.raw, &sum)) return Instant::never();
    return {{sum}};
}

} // namespace pith
