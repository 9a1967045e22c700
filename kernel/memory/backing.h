#pragma once

#include "abi/rights.h"
#include "base/address.h"

#include <optional>

namespace pith::kernel {

class Memory;

/// What stands behind a memory object whose pages come and go: a pager, copy-on-write. A table of functions,
/// one table a kind. Such an object's mappings are filled when they are touched; its kind takes frames from
/// whatever account it likes, and gives each back once it has had the object forget the page. Pinned objects
/// (message buffers) have no such kind, so their pages are never missing.
struct Backing {
    struct Page {
        PhysAddr frame;
        bool writable; ///< otherwise the first write comes to `touch` as well
    };
    /// A thread reads, writes or executes a page that is not mapped so, and may. What to map; nothing: the
    /// kind has no such page, and it is as with any page that is missing.
    std::optional<Page> (*touch)(Memory& memory, u64 page, abi::Rights access);
    /// The object ends: gives back a slice of its frames. True when none are left.
    bool (*drain)(Memory& memory);
};

} // namespace pith::kernel
