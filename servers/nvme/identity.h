#pragma once

#include "base/bytes.h"

#include <vector>

/// What an NVMe controller says of itself and of its namespaces (NVM Express 1.4, 5.15): 4 KiB each, foreign.
namespace pith::os::nvme {

struct ControllerIdentity {
    bool has_write_cache = false;
    u64 most_bytes = 0; ///< in one command; 0: no limit

    [[nodiscard]] static Result<ControllerIdentity> parse(Bytes page);
};

struct NamespaceIdentity {
    u64 sector_size = 512;
    u64 sector_count = 0;

    /// `unsupported`: sectors of another size, or with something between them.
    [[nodiscard]] static Result<NamespaceIdentity> parse(Bytes page);
};

/// The numbers of the namespaces that there are.
[[nodiscard]] std::vector<u32> parse_namespaces(Bytes page);

} // namespace pith::os::nvme
