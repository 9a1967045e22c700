#include "kernel/memory/page_entry.h"

namespace pith::kernel {

namespace {

[[nodiscard]] constexpr u64 bits_of(Protection protection) {
    switch (protection) {
    case Protection::read:
        return PageEntry::no_execute;
    case Protection::read_write:
        return PageEntry::writable | PageEntry::no_execute;
    case Protection::read_execute:
        return 0;
    }
    return PageEntry::no_execute;
}

/// Which entry of the page attribute table (SDM vol. 3, 12.12.3); the PAT bit itself is never needed.
[[nodiscard]] constexpr u64 bits_of(Cache cache) {
    switch (cache) {
    case Cache::normal:
        return 0;
    case Cache::write_combining:
        return PageEntry::write_through;
    case Cache::uncached:
        return PageEntry::write_through | PageEntry::cache_disable;
    }
    return PageEntry::write_through | PageEntry::cache_disable;
}

} // namespace

Result<Protection> protection_for(abi::Rights access) {
    namespace memory = abi::rights::memory;
    if ((access.raw & ~(memory::read | memory::write | memory::execute).raw) != 0 || access.empty())
        return fail(Error::bad_argument);
    const bool writes = access.has(memory::write);
    const bool executes = access.has(memory::execute);
    if (writes && executes) return fail(Error::bad_argument);
    return writes ? Protection::read_write : executes ? Protection::read_execute : Protection::read;
}

PageEntry PageEntry::to_page(PhysAddr page, unsigned level, Protection protection, Cache cache,
                             bool user_half) {
    return {page.raw | present | bits_of(protection) | bits_of(cache) | (user_half ? user : global) |
            (level > 1 ? large : 0)};
}

Protection PageEntry::protection() const {
    if ((raw & writable) != 0) return Protection::read_write;
    return (raw & no_execute) != 0 ? Protection::read : Protection::read_execute;
}

Cache PageEntry::cache() const {
    if ((raw & cache_disable) != 0) return Cache::uncached;
    return (raw & write_through) != 0 ? Cache::write_combining : Cache::normal;
}

PageEntry PageEntry::with(Protection protection) const {
    return {(raw & ~(writable | no_execute)) | bits_of(protection)};
}

} // namespace pith::kernel
