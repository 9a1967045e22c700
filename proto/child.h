#pragma once

#include "os/spawn.h"
#include "proto/program.h"

namespace pith::proto {

/// What a program that starts another one in its own place hands on: the files, and where it prints and
/// reads. Borrows the program's.
[[nodiscard]] inline std::vector<os::ChildGrant> grants_of(const Program& program) {
    constexpr abi::Rights call_only = abi::rights::endpoint::call | abi::rights::copy;
    std::vector<os::ChildGrant> grants{
        {"console", &program.terminal().client().endpoint(), call_only},
        {"files", &program.files().endpoint(), call_only},
        {"output", &program.output().client().endpoint(), call_only},
        {"errors", &program.errors().client().endpoint(), call_only},
    };
    if (const Terminal* const input = program.input())
        grants.push_back({"input", &input->client().endpoint(), call_only});
    return grants;
}

} // namespace pith::proto
