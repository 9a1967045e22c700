#include "handed.h"

namespace pith::conformance {

namespace {

constexpr u64 present = 1;
constexpr u64 writable = 2;
constexpr u64 large = 1 << 7;
constexpr u64 address_mask = 0x000f'ffff'ffff'f000;

u64 root_table() {
    u64 value;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value & address_mask;
}

u64 entry(u64 table, u64 index) {
    u64 value;
    std::memcpy(&value, identity(table + 8 * index), sizeof value);
    return value;
}

u64 count_tables_in_free_memory(u64 table, u32 level) {
    u64 count = touches_free(table, table + page_size) ? 1 : 0;
    for (u64 i = 0; level > 0 && i < 512; ++i) {
        const u64 e = entry(table, i);
        if ((e & present) != 0 && ((e & large) == 0 || level == 3))
            count += count_tables_in_free_memory(e & address_mask, level - 1);
    }
    return count;
}

} // namespace

bool touches_free(u64 start, u64 end) {
    for (u32 i = 0; i < ::bootboot.map_entries(); ++i) {
        const bootboot::MapEntry& piece = ::bootboot.map[i];
        if (piece.kind() == bootboot::MemoryKind::free && piece.base.raw < end &&
            start < piece.base.raw + piece.size())
            return true;
    }
    return false;
}

std::optional<Translation> translate(u64 address) {
    u64 table = root_table();
    bool can_write = true;
    for (u32 level = 3;; --level) {
        const u32 shift = 12 + 9 * level;
        const u64 e = entry(table, (address >> shift) & 511);
        if ((e & present) == 0) return std::nullopt;
        can_write = can_write && (e & writable) != 0;
        if (level == 0 || (level < 3 && (e & large) != 0)) {
            const u64 page = u64{1} << shift;
            return Translation{(e & address_mask & ~(page - 1)) | (address & (page - 1)), can_write, page};
        }
        table = e & address_mask;
    }
}

u64 tables_in_free_memory() { return count_tables_in_free_memory(root_table(), 3); }

} // namespace pith::conformance
