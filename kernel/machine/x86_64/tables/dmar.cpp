#include "kernel/machine/x86_64/tables/dmar.h"

#include <optional>

namespace pith::acpi {
namespace {

constexpr u64 scope_header = 6;
constexpr u8 endpoint = 1, io_apic = 3;

/// The devices that a structure's scopes name (VT-d 3.4, 8.3.1). `visit(type, id, device)`: without a device
/// where it lies behind a bridge. False where the bytes contradict themselves.
template <class Visit>
bool each_scope(Bytes scopes, Visit visit) {
    for (u64 at = 0; at < scopes.size();) {
        const u8 length = number_at<u8>(scopes, at + 1);
        if (length < scope_header || !within(at, length, scopes.size())) return false;
        const Bytes scope = scopes.subspan(at, length);
        std::optional<u16> device;
        if (length == scope_header + 2) {
            const u32 bus = number_at<u8>(scope, 5), slot = number_at<u8>(scope, 6);
            const u32 function = number_at<u8>(scope, 7);
            if (slot < 32 && function < 8) device = static_cast<u16>(bus << 8 | slot << 3 | function);
        }
        visit(number_at<u8>(scope, 0), number_at<u8>(scope, 4), device);
        at += length;
    }
    return true;
}

bool read_unit(Dmar& dmar, Bytes entry) {
    constexpr u64 scopes_at = 16;
    if (entry.size() < scopes_at) return false;
    const PhysAddr base{number_at<u64>(entry, 8)};
    if (number_at<u16>(entry, 6) != 0 || !is_page_aligned(base) || base.raw == 0 ||
        dmar.unit_count == Dmar::max_units) {
        dmar.incomplete = true;
        return true;
    }
    dmar.units[dmar.unit_count++] = base;
    return each_scope(entry.subspan(scopes_at), [&](u8 type, u8 id, std::optional<u16> device) {
        if (type != io_apic) return;
        if (device && dmar.io_apic_count < Dmar::max_io_apics)
            dmar.io_apics[dmar.io_apic_count++] = {id, *device};
        else
            dmar.incomplete = true;
    });
}

bool read_reserved(Dmar& dmar, Bytes entry) {
    constexpr u64 scopes_at = 24;
    if (entry.size() < scopes_at) return false;
    const PhysAddr first{number_at<u64>(entry, 8)}, last{number_at<u64>(entry, 16)};
    if (first > last) return false;
    return each_scope(entry.subspan(scopes_at), [&](u8 type, u8, std::optional<u16> device) {
        const bool here = type == endpoint && device && number_at<u16>(entry, 6) == 0;
        if (here && dmar.reserved_count < Dmar::max_reserved)
            dmar.reserved[dmar.reserved_count++] = {*device, first, last};
        else
            dmar.incomplete = true;
    });
}

} // namespace

Result<Dmar> parse_dmar(Bytes bytes) {
    constexpr u64 fixed = 48;
    const Bytes table = TRY(checked_table(bytes, "DMAR"));
    if (table.size() < fixed) return fail(Error::bad_format);
    Dmar dmar{};
    dmar.address_bits = number_at<u8>(table, 36) + 1u;
    dmar.interrupts = (number_at<u8>(table, 37) & 1) != 0;
    for (u64 at = fixed; at < table.size();) {
        const u16 length = number_at<u16>(table, at + 2);
        if (length < 4 || !within(at, length, table.size())) return fail(Error::bad_format);
        const Bytes entry = table.subspan(at, length);
        bool sound = true;
        if (number_at<u16>(entry, 0) == 0) sound = read_unit(dmar, entry);
        if (number_at<u16>(entry, 0) == 1) sound = read_reserved(dmar, entry);
        if (!sound) return fail(Error::bad_format);
        at += length;
    }
    return dmar;
}

} // namespace pith::acpi
