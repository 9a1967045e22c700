#pragma once

#include "proto/mount_table.h"
#include "servers/init/table.h"

namespace pith::os::init {

/// Adds a service for each disk that sys/mounted names, as the table could have been written with: a file
/// server of its own, which `mounts` shows under its path, and which `volumes` can ask to leave. Without
/// these two services nothing is mounted. False: a service has such a name.
[[nodiscard]] bool add_mounted(std::vector<Service>& services, const proto::mount_table::Entry& entry,
                               u64 index);

} // namespace pith::os::init
