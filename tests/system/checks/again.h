#pragma once

#include "os/spawn.h"
#include "proto/program.h"

#include <array>

namespace pith {

/// The program at `path` once more, to play another `part`; it lives on this one's budget unless `request`
/// says otherwise.
inline Result<os::Process> start_again(const proto::Program& program, std::string_view path,
                                       std::string_view part, os::SpawnRequest request) {
    const auto file = TRY(program.open_file(path));
    const auto image = TRY(proto::LoadedFile::load(file));
    const std::array<std::string_view, 2> arguments{path, part};
    const os::Budget own;
    request.image = image.bytes();
    request.arguments = arguments;
    if (request.budget == nullptr) request.budget = &own;
    return os::spawn(request);
}

/// How a process ended, once it has.
inline Result<abi::ProcessStatus::Reply> end_of(const os::Process& process) {
    const auto bell = TRY(os::Notification::create());
    TRY(process.observe(bell, 1));
    TRY(bell.wait());
    return process.status();
}

} // namespace pith
