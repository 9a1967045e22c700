#pragma once

#include "base/table_text.h"

#include <expected>
#include <vector>

namespace pith::os::devices {

/// One driver: what it runs, for which devices, with how much.
struct DriverRule {
    struct Match {
        bool by_class;
        u32 value; ///< vendor, device << 16; or class << 16 | subclass << 8 | interface
    };
    std::string_view name;
    std::string_view program; ///< its path in the initrd
    std::vector<Match> matches{};
    bool finds_disks = false;
    u64 memory_pages = 256;
    u64 interrupts = 1; ///< messages, as far as the device has so many
    u64 restarts = 0;

    [[nodiscard]] bool fits(u32 identity, u32 class_code) const;
};

/// A client that may open one disk or partition, by the badge that it is connected with.
struct ClientRule {
    u64 badge;
    std::string_view disk;
};

struct Manifest {
    std::vector<DriverRule> drivers;
    std::vector<ClientRule> clients;
};

/// Reads sys/drivers (docs/devices.md). The result borrows the text.
[[nodiscard]] std::expected<Manifest, TableMistake> parse_manifest(std::string_view text);

} // namespace pith::os::devices
