#include "base/acpi.h"

namespace pith::acpi {

Result<TableStart> table_start(Bytes bytes) {
    if (bytes.size() < 8) return fail(Error::end_of_data);
    TableStart start{};
    std::memcpy(start.signature.data(), bytes.data(), 4);
    start.length = number_at<u32>(bytes, 4);
    return start;
}

bool sums_to_zero(Bytes bytes) {
    u8 sum = 0;
    for (const std::byte byte : bytes)
        sum = static_cast<u8>(sum + static_cast<u8>(byte));
    return sum == 0;
}

Result<Bytes> checked_table(Bytes bytes, std::string_view signature) {
    const TableStart start = TRY(table_start(bytes));
    if (start.name() != signature) return fail(Error::bad_format);
    if (start.length < header_size) return fail(Error::bad_format);
    if (start.length > max_table_size) return fail(Error::too_large);
    if (start.length > bytes.size()) return fail(Error::end_of_data);
    const Bytes table = bytes.first(start.length);
    if (!sums_to_zero(table)) return fail(Error::bad_format);
    return table;
}

Result<RootTable> parse_root(Bytes bytes) {
    const TableStart start = TRY(table_start(bytes));
    const bool extended = start.name() == "XSDT";
    const Bytes table = TRY(checked_table(bytes, extended ? "XSDT" : "RSDT"));
    const u64 size = extended ? 8 : 4;
    RootTable root{};
    for (u64 at = header_size; within(at, size, table.size()) && root.count < RootTable::capacity;
         at += size) {
        const u64 address = extended ? number_at<u64>(table, at) : number_at<u32>(table, at);
        if (address != 0) root.tables[root.count++] = {address};
    }
    return root;
}

namespace {

/// The entries behind a MADT's fixed part, by their type.
void read_madt_entry(Madt& madt, u8 type, Bytes entry) {
    switch (type) {
    case 0: { // processor: enabled, in bit 0 of the flags
        Madt::Processors& found = madt.processors;
        const bool enabled = entry.size() >= 8 && (number_at<u32>(entry, 4) & 1) != 0;
        if (enabled && found.count < found.ids.size()) found.ids[found.count++] = number_at<u8>(entry, 3);
        break;
    }
    case 1:
        if (entry.size() >= 12 && madt.io_apic_count < Madt::max_io_apics)
            madt.io_apics[madt.io_apic_count++] = {
                {number_at<u32>(entry, 4)}, number_at<u32>(entry, 8), number_at<u8>(entry, 2)};
        break;
    case 2: { // an ISA line that is not wired one to one
        const u8 source = number_at<u8>(entry, 3);
        if (entry.size() < 10 || source >= madt.isa.size()) break;
        const u16 flags = number_at<u16>(entry, 8);
        madt.isa[source] = {number_at<u32>(entry, 4), (flags >> 2 & 3) == 3, (flags & 3) == 3};
        break;
    }
    case 5: // the local APICs' address, with 64 bits
        if (entry.size() >= 12) madt.local_apic = {number_at<u64>(entry, 4)};
        break;
    default: break; // types that we have no use for
    }
}

} // namespace

Result<Madt> parse_madt(Bytes bytes) {
    const Bytes table = TRY(checked_table(bytes, "APIC"));
    if (table.size() < 44) return fail(Error::bad_format);
    Madt madt{};
    madt.local_apic = {number_at<u32>(table, 36)};
    madt.has_pic = (number_at<u32>(table, 40) & 1) != 0;
    for (u32 line = 0; line < madt.isa.size(); ++line)
        madt.isa[line] = {line, false, false};
    for (u64 at = 44; within(at, 2, table.size());) {
        const u8 length = number_at<u8>(table, at + 1);
        if (length < 2 || !within(at, length, table.size())) return fail(Error::bad_format);
        read_madt_entry(madt, number_at<u8>(table, at), table.subspan(at, length));
        at += length;
    }
    return madt;
}

namespace {

Register read_register(Bytes table, u64 at) {
    if (!within(at, 12, table.size())) return {};
    const u64 address = number_at<u64>(table, at + 4);
    if (address == 0) return {};
    switch (number_at<u8>(table, at)) {
    case 0: return {Register::Space::memory, address};
    case 1: return {Register::Space::port, address};
    case 2: return {Register::Space::pci, address};
    default: return {};
    }
}

u16 port_in(u32 raw) { return raw < 0x10000 ? static_cast<u16>(raw) : u16{0}; }

/// A port that stands in an old 32-bit field and, in newer tables, also as a Register that takes precedence.
u16 port_at(Bytes table, u64 old_field, u64 new_field) {
    const Register extended = read_register(table, new_field);
    if (extended.space == Register::Space::port && extended.address < 0x10000)
        return static_cast<u16>(extended.address);
    return port_in(number_at<u32>(table, old_field));
}

} // namespace

Result<Fadt> parse_fadt(Bytes bytes) {
    const Bytes table = TRY(checked_table(bytes, "FACP"));
    if (table.size() < 116) return fail(Error::bad_format); // ACPI 1.0
    const u32 flags = number_at<u32>(table, 112);
    Fadt fadt{};
    fadt.dsdt = {number_at<u64>(table, 140)};
    if (fadt.dsdt.raw == 0) fadt.dsdt = {number_at<u32>(table, 40)};
    fadt.smi_command = port_in(number_at<u32>(table, 48));
    fadt.acpi_enable = number_at<u8>(table, 52);
    fadt.pm1a_control = port_at(table, 64, 172);
    fadt.pm1b_control = port_at(table, 68, 184);
    fadt.pm_timer = port_at(table, 76, 208);
    fadt.pm_timer_32_bits = (flags >> 8 & 1) != 0;
    if (flags >> 10 & 1) fadt.reset = read_register(table, 116);
    fadt.reset_value = number_at<u8>(table, 128);
    return fadt;
}

Result<PhysAddr> parse_hpet(Bytes bytes) {
    const Bytes table = TRY(checked_table(bytes, "HPET"));
    const Register base = read_register(table, 40);
    if (base.space != Register::Space::memory || !is_aligned(base.address, 1024))
        return fail(Error::unsupported);
    return PhysAddr{base.address};
}

Result<ConfigurationWindow> parse_mcfg(Bytes bytes) {
    const Bytes table = TRY(checked_table(bytes, "MCFG"));
    constexpr u64 first = 44, size = 16;
    for (u64 at = first; within(at, size, table.size()); at += size) {
        const ConfigurationWindow window{
            {number_at<u64>(table, at)}, number_at<u8>(table, at + 10), number_at<u8>(table, at + 11)};
        const bool is_first_segment = number_at<u16>(table, at + 8) == 0;
        if (is_first_segment && window.first_bus <= window.last_bus) return window;
    }
    return fail(Error::not_found);
}

} // namespace pith::acpi
