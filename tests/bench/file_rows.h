#pragma once

#include "proto/program.h"
#include "samples.h"

/// Two groups of rows: files in memory, and files on the disk at /home.
namespace pith::bench {

[[nodiscard]] Result<> files_in_memory(const proto::Program& program); // files.cpp
/// `bus` begins the rows' names.
[[nodiscard]] Result<> files_on_disk(const proto::Program& program, std::string_view bus); // disk_files.cpp

} // namespace pith::bench
