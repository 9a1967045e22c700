#pragma once

#include "base/bytes.h"
#include "bootboot/bootboot.h"

#include <optional>

/// What the loader hands over, where the linker script asks for it.
extern "C" {
extern pith::bootboot::Information bootboot;
extern const char environment[pith::page_size];
extern pith::u8 fb[];
extern const std::byte initstack[]; ///< the address is the number
extern std::byte kernel_start[];
extern std::byte kernel_end[];

struct CoreRecord {
    pith::u64 stack;
    pith::u64 flags;
    pith::u64 cr0;
    pith::u64 cr4;
    pith::u32 apic_id;
    pith::u32 unused;
    pith::u32 complete;
    pith::u32 unused2;
};
static_assert(sizeof(CoreRecord) == 48);
extern CoreRecord core_records[64];
extern pith::u32 core_records_used;
}

namespace pith::conformance {

inline u64 address_of(const void* object) { return reinterpret_cast<u64>(object); }

/// A place below the identity map's end.
inline std::byte* identity(u64 physical) { return reinterpret_cast<std::byte*>(physical); }

struct Translation {
    u64 physical;
    bool writable;
    u64 page; ///< 4 KiB, 2 MiB or 1 GiB
};

/// Whether [start, end) touches memory that the map calls free.
bool touches_free(u64 start, u64 end);
/// What the page tables in CR3 say about an address.
std::optional<Translation> translate(u64 address);
/// Calls `visit` with each table that the page tables consist of.
u64 tables_in_free_memory();

} // namespace pith::conformance
