#pragma once

#include "proto/file_space.h"

namespace pith::shell {

/// The lines that were typed, oldest first, of all terminals: `.history` in `/home`. Where there is no disk,
/// there is none, and nobody is told.
[[nodiscard]] std::vector<std::string> read_history(const proto::FileSpace& files);
void add_to_history(const proto::FileSpace& files, std::string_view line);

} // namespace pith::shell
