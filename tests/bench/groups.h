#pragma once

#include "roles.h"

/// A copy of this program that plays `role`.
namespace pith::bench {

[[nodiscard]] inline Result<os::Process> start_server(const proto::Program& program, const os::Handle& given,
                                                      std::string_view role,
                                                      u64 priority = default_priority) {
    return start_role(program, "/bench/kernel", given, role, priority);
}

// The groups of rows.
[[nodiscard]] Result<> messages(const proto::Program& program); // messages.cpp
[[nodiscard]] Result<> messages_in_a_crowd(const proto::Program& program);
[[nodiscard]] Result<> handle_passing(const proto::Program& program);
[[nodiscard]] Result<> plain_calls(const proto::Program& program); // calls.cpp
[[nodiscard]] Result<> mappings(const proto::Program& program);
[[nodiscard]] Result<> signals(const proto::Program& program); // switches.cpp
[[nodiscard]] Result<> faults(const proto::Program& program);
[[nodiscard]] Result<> foreign_calls(const proto::Program& program);
[[nodiscard]] Result<> lives(const proto::Program& program); // lives.cpp

} // namespace pith::bench
