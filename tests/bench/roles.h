#pragma once

#include "proto/program.h"
#include "samples.h"
#include "tests/system/checks/again.h"

/// What copies of a benchmark do for the one that measures.
namespace pith::bench {

inline constexpr u64 default_priority = os::SpawnRequest::default_priority;
/// What a foreign process calls; no number of ours.
inline constexpr u64 foreign_number = 0x777;

/// A copy of the program at `path` that plays `role` with what it is given.
[[nodiscard]] inline Result<os::Process> start_role(const proto::Program& program, std::string_view path,
                                                    const os::Handle& given, std::string_view role,
                                                    u64 priority = default_priority) {
    const std::array grants{os::ChildGrant{"serve", &given}};
    return start_again(program, path, role, {.grants = grants, .priority = priority});
}

/// The copy itself; returns if no path is measured through it.
[[nodiscard]] Result<> play_role(os::Start& start, std::string_view role);

/// A signal whose waiter, of higher priority, runs at once.
[[nodiscard]] Result<> switching_signal(const proto::Program& program, std::string_view path,
                                        std::string_view row);

} // namespace pith::bench
