#pragma once

#include "os/objects.h"

#include <span>
#include <string_view>

namespace pith::os {

/// One piece of authority for a child: a copy of the handle, under this name. Borrows both.
struct ChildGrant {
    std::string_view name;
    const Handle* handle;
    abi::Rights rights = abi::rights::all;
};

/// What to start. Everything is borrowed for the call.
struct SpawnRequest {
    std::span<const std::byte> image;            ///< an ELF64 executable
    std::span<const std::string_view> arguments; ///< the first is the program's name
    std::string_view environment;
    std::span<const ChildGrant>
        grants;           ///< besides "process", which every child gets for its own address space
    const Budget* budget; ///< pays for everything in the child; becomes its own
    u64 priority = default_priority;
    const Endpoint* faults = nullptr; ///< hears of its exceptions
    bool foreign = false;             ///< ... and of its system calls

    u64 core = abi::any_core; ///< the only one that it runs on

    static constexpr u64 default_priority = 16;
};

/// A new process that runs. If anything fails, nothing is left of it.
[[nodiscard]] Result<Process> spawn(const SpawnRequest& request);

} // namespace pith::os
