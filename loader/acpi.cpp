#include "loader/acpi.h"

#include "loader/physical.h"

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

constexpr u32 first_revision_size = 20;
/// The loader sees memory through an identity map of this size.
constexpr u64 reachable = u64{4} << 30;

/// What may be a table; how long it is, the table says, and whoever reads it checks that.
Bytes table_bytes(PhysAddr at) {
    if (at.raw == 0 || at.raw > reachable - acpi::max_table_size) return {};
    return physical_bytes(at, acpi::max_table_size);
}

bool is_root(PhysAddr at) { return acpi::parse_root(table_bytes(at)).has_value(); }

} // namespace

std::optional<Acpi> Acpi::from_pointer(PhysAddr rsdp) {
    constexpr std::array signature{'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '};
    if (rsdp.raw == 0 || rsdp.raw > reachable - page_size) return std::nullopt;
    const auto pointer = read_physical<RootPointer>(rsdp);
    if (pointer.signature != signature) return std::nullopt;
    if (!acpi::sums_to_zero(physical_bytes(rsdp, first_revision_size))) return std::nullopt;
    if (pointer.revision >= 2 && is_root({pointer.xsdt})) return Acpi{{pointer.xsdt}};
    if (is_root({pointer.rsdt})) return Acpi{{pointer.rsdt}};
    return std::nullopt;
}

std::optional<Acpi> Acpi::search() {
    for (u64 at = 0xe0000; at < 0x100000; at += 16)
        if (read_physical<u64>({at}) == 0x2052'5450'2044'5352) // "RSD PTR "
            if (const auto acpi = from_pointer({at})) return acpi;
    return std::nullopt;
}

acpi::Madt::Processors Acpi::processors() const {
    const auto root = acpi::parse_root(table_bytes(root_));
    if (!root) return {};
    for (const PhysAddr table : std::span{root->tables}.first(root->count))
        if (const auto madt = acpi::parse_madt(table_bytes(table))) return madt->processors;
    return {};
}

} // namespace pith::loader
