#pragma once

#include "base/types.h"
#include "proto/mount_table.h"

#include <algorithm>
#include <array>
#include <optional>

namespace pith::os::volumes {

/// What a volume's successor has to know of it beside its path and capabilities, in one word.
struct Record {
    static constexpr u64 most_volumes = 16;

    u64 number; ///< which of the volumes: below most_volumes
    std::string_view type;
    bool read_only;

    [[nodiscard]] u64 word() const {
        const auto kind = static_cast<u64>(std::ranges::find(types, type) - types.begin());
        return number | kind << 8 | u64{read_only} << 16;
    }
    /// Nothing: no volume has such a word.
    [[nodiscard]] static std::optional<Record> from(u64 word) {
        const u64 number = word & 0xff, kind = word >> 8 & 0xff, read_only = word >> 16;
        if (number >= most_volumes || kind >= types.size() || read_only > 1) return std::nullopt;
        return Record{number, types[kind], read_only != 0};
    }

  private:
    static constexpr std::array types{proto::mount_table::any_type, proto::mount_table::ext4_type,
                                      proto::mount_table::fat32_type};
};

} // namespace pith::os::volumes
