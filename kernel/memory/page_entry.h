#pragma once

#include "abi/rights.h"
#include "base/address.h"
#include "base/result.h"

namespace pith::kernel {

/// What may be done with a page. Writing and executing together cannot be said.
enum class Protection : u8 { read, read_write, read_execute };

/// How the processor may cache it. The values choose an entry of the page attribute table below.
enum class Cache : u8 { normal, write_combining, uncached };

/// What every core loads into IA32_PAT (SDM vol. 3, 12.12): as after reset, but entry 1 is write-combining.
inline constexpr u64 page_attribute_table = 0x0007'0406'0007'0106;

enum class PageSize : u8 {
    small = 1,
    large = 2,
    huge = 3
}; ///< 4 KiB, 2 MiB, 1 GiB: the level whose entry maps it
[[nodiscard]] constexpr PageCount pages_in(PageSize size) {
    return pages(u64{1} << (9 * (static_cast<u8>(size) - 1)));
}

/// `rights::memory` bits. Refused: writing with executing, neither of the three, unknown bits.
[[nodiscard]] constexpr Result<Protection> protection_for(abi::Rights access) {
    namespace memory = abi::rights::memory;
    if ((access.raw & ~(memory::read | memory::write | memory::execute).raw) != 0 || access.empty())
        return fail(Error::bad_argument);
    const bool writes = access.has(memory::write);
    const bool executes = access.has(memory::execute);
    if (writes && executes) return fail(Error::bad_argument);
    return writes ? Protection::read_write : executes ? Protection::read_execute : Protection::read;
}

/// An entry of a four-level page table (SDM vol. 3, 4.5). Entries that point to a table also count, in bits
/// that the processor ignores, how many entries of that table are in use.
struct PageEntry {
    u64 raw = 0;

    static constexpr u64 present = 1, writable = 2, user = 4, write_through = 8, cache_disable = 16,
                         dirty = 1 << 6, large = 1 << 7, global = 1 << 8, no_execute = u64{1} << 63;
    static constexpr u64 address_mask = 0x000f'ffff'ffff'f000;
    static constexpr unsigned count_shift = 52; ///< ten bits: 0 to 512

    [[nodiscard]] static constexpr PageEntry to_table(PhysAddr table, bool user_half) {
        return {table.raw | present | writable | (user_half ? user : 0)};
    }
    [[nodiscard]] static constexpr PageEntry to_page(PhysAddr page, unsigned level, Protection protection,
                                                     Cache cache, bool user_half) {
        return {page.raw | present | bits_of(protection) | bits_of(cache) | (user_half ? user : global) |
                (level > 1 ? large : 0)};
    }

    [[nodiscard]] constexpr bool is_present() const { return (raw & present) != 0; }
    /// `level` 1 to 4, where the entry lies.
    [[nodiscard]] constexpr bool is_page(unsigned level) const {
        return is_present() && (level == 1 || (raw & large) != 0);
    }
    [[nodiscard]] constexpr PhysAddr address() const { return {raw & address_mask}; }
    [[nodiscard]] constexpr Protection protection() const {
        if ((raw & writable) != 0) return Protection::read_write;
        return (raw & no_execute) != 0 ? Protection::read : Protection::read_execute;
    }
    [[nodiscard]] constexpr Cache cache() const {
        if ((raw & cache_disable) != 0) return Cache::uncached;
        return (raw & write_through) != 0 ? Cache::write_combining : Cache::normal;
    }
    [[nodiscard]] constexpr PageEntry with(Protection protection) const {
        return {(raw & ~(writable | no_execute)) | bits_of(protection)};
    }

    [[nodiscard]] constexpr u64 used() const { return raw >> count_shift & 0x3ff; }

  private:
    [[nodiscard]] static constexpr u64 bits_of(Protection protection) {
        switch (protection) {
        case Protection::read: return no_execute;
        case Protection::read_write: return writable | no_execute;
        case Protection::read_execute: return 0;
        }
        return no_execute;
    }
    /// Which entry of the page attribute table (SDM vol. 3, 12.12.3); the PAT bit itself is never needed.
    [[nodiscard]] static constexpr u64 bits_of(Cache cache) {
        switch (cache) {
        case Cache::normal: return 0;
        case Cache::write_combining: return write_through;
        case Cache::uncached: return write_through | cache_disable;
        }
        return write_through | cache_disable;
    }
};
static_assert(sizeof(PageEntry) == 8);

} // namespace pith::kernel
