#pragma once

#include "base/bytes.h"
#include "proto/devices.h"
#include "proto/file_space.h"
#include "proto/path.h"

namespace pith::os::volumes {

/// The table of who lives here, which says what else is to be mounted, and where its disks are found.
struct OwnTable {
    static constexpr std::string_view name = "etc/mounts"; // in /home

    proto::FileSpace files;
    proto::devices::Client devices;

    /// `not_found`: there is none.
    [[nodiscard]] Result<std::string> read() {
        TRY(files.refresh());
        const auto file = TRY(files.open(proto::path_in("/home", name)));
        const auto loaded = TRY(proto::LoadedFile::load(file));
        return std::string{as_text(loaded.bytes())};
    }
};

} // namespace pith::os::volumes
