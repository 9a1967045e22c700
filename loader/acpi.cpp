#include "loader/acpi.h"

#include "loader/physical.h"

#include <algorithm>
#include <string_view>

namespace pith::loader {

namespace {

struct [[gnu::packed]] RootPointer {
    std::array<char, 8> signature;
    u8 checksum;
    std::array<char, 6> maker;
    u8 revision;
    u32 rsdt;
    u32 length;
    u64 xsdt;
};

struct [[gnu::packed]] TableHeader {
    std::array<char, 4> signature;
    u32 length;
    std::array<u8, 28> rest;
};
static_assert(sizeof(TableHeader) == 36);

struct [[gnu::packed]] LocalApicEntry {
    u8 type;
    u8 length;
    u8 processor;
    u8 apic_id;
    u32 flags;
};

constexpr u32 first_revision_size = 20;
constexpr u32 madt_header_size = 44;
/// No table that is read here is larger; a length beyond it is damage.
constexpr u32 table_limit = 1 << 20;
/// The loader sees memory through an identity map of this size.
constexpr u64 reachable = u64{4} << 30;

bool sums_to_zero(PhysAddr start, u32 size) {
    u8 sum = 0;
    for (const std::byte b : physical_bytes(start, size))
        sum = static_cast<u8>(sum + std::to_integer<u8>(b));
    return sum == 0;
}

std::optional<TableHeader> sound_table(PhysAddr at) {
    if (at.raw == 0 || at.raw > reachable - table_limit) return std::nullopt;
    const auto header = read_physical<TableHeader>(at);
    if (header.length < sizeof header || header.length > table_limit) return std::nullopt;
    if (!sums_to_zero(at, header.length)) return std::nullopt;
    return header;
}

} // namespace

std::optional<Acpi> Acpi::from_pointer(PhysAddr rsdp) {
    constexpr std::array signature{'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '};
    if (rsdp.raw == 0 || rsdp.raw > reachable - page_size) return std::nullopt;
    const auto pointer = read_physical<RootPointer>(rsdp);
    if (pointer.signature != signature || !sums_to_zero(rsdp, first_revision_size)) return std::nullopt;
    if (pointer.revision >= 2 && sound_table({pointer.xsdt})) return Acpi{{pointer.xsdt}, 8};
    if (sound_table({pointer.rsdt})) return Acpi{{pointer.rsdt}, 4};
    return std::nullopt;
}

std::optional<Acpi> Acpi::search() {
    for (u64 at = 0xe0000; at < 0x100000; at += 16)
        if (read_physical<u64>({at}) == 0x2052'5450'2044'5352) // "RSD PTR "
            if (const auto acpi = from_pointer({at})) return acpi;
    return std::nullopt;
}

std::optional<PhysAddr> Acpi::find(std::array<char, 4> signature) const {
    const auto root = sound_table(root_);
    if (!root) return std::nullopt;
    for (u32 at = sizeof(TableHeader); at + entry_size_ <= root->length; at += entry_size_) {
        const u64 table = entry_size_ == 8 ? read_physical<u64>(root_ + at) : read_physical<u32>(root_ + at);
        if (const auto header = sound_table({table}); header && header->signature == signature)
            return PhysAddr{table};
    }
    return std::nullopt;
}

Acpi::Processors Acpi::processors() const {
    Processors found;
    const auto madt = find({'A', 'P', 'I', 'C'});
    if (!madt) return found;
    const u32 length = read_physical<TableHeader>(*madt).length;
    constexpr u8 local_apic = 0;
    constexpr u32 enabled = 1;
    for (u32 at = madt_header_size; at + 2 <= length;) {
        const u8 size = read_physical<u8>(*madt + (at + 1));
        if (size < 2 || at + size > length) break;
        const auto entry =
            size >= sizeof(LocalApicEntry) ? read_physical<LocalApicEntry>(*madt + at) : LocalApicEntry{};
        const bool usable = size >= sizeof entry && entry.type == local_apic && (entry.flags & enabled) != 0;
        if (usable && found.count < found.ids.size()) found.ids[found.count++] = entry.apic_id;
        at += size;
    }
    return found;
}

} // namespace pith::loader
