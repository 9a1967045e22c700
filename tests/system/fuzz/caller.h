#pragma once

#include "child.h"

#include <atomic>

namespace pith::fuzz {

/// One thread's part of the page that a caller and who started it share.
struct Progress {
    std::atomic<u64> calls = 0;
};
inline constexpr u64 threads_each = 3;
inline constexpr u64 most_callers = 8;
using ProgressPage = std::array<std::array<Progress, threads_each>, most_callers>;
static_assert(sizeof(ProgressPage) <= page_size);

/// Makes system calls by chance, the same for the same seed as far as others let it, with handles that it was
/// given or that calls brought, and numbers that could mean something. Never returns by itself; one of the
/// calls may end the process. Most messages go to `endpoint`, which all callers have.
[[noreturn]] void call_at_random(u64 seed, Progress& progress, abi::MessageBuffer& buffer,
                                 abi::Handle endpoint);

} // namespace pith::fuzz
