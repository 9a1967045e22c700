#include "servers/devices/acpi.h"

namespace pith::os::devices::acpi {
namespace {

template <class T>
T number_at(Bytes bytes, u64 offset) {
    return read_at<T>(bytes, offset).value_or(T{});
}

/// MADT (5.2.12): processors and interrupt controllers, by the kinds of its entries.
void describe_madt(Bytes table, Text<120>& text) {
    u64 processors = 0, controllers = 0, overrides = 0;
    for (u64 at = 44; within(at, 2, table.size());) {
        const u8 kind = number_at<u8>(table, at), length = number_at<u8>(table, at + 1);
        if (length < 2 || !within(at, length, table.size())) break;
        if (kind == 0 && (number_at<u32>(table, at + 4) & 1) != 0) ++processors;
        if (kind == 1) ++controllers;
        if (kind == 2) ++overrides;
        at += length;
    }
    text.format("{} processors, {} interrupt controllers, {} lines wired otherwise", processors, controllers,
                overrides);
}

} // namespace

Result<u64> length_of(Bytes header) {
    const u64 length = TRY(read_at<u32>(header, 4));
    if (length < header_size || length > most_bytes) return fail(Error::bad_format);
    return length;
}

bool adds_up(Bytes table) {
    u8 sum = 0;
    for (const std::byte byte : table)
        sum = static_cast<u8>(sum + static_cast<u8>(byte));
    return sum == 0;
}

Text<8> name_of(Bytes table) {
    Text<8> name;
    for (u64 i = 0; i < 4; ++i) {
        const char letter = number_at<char>(table, i);
        name.append(letter > ' ' && letter <= '~' ? letter : '?');
    }
    return name;
}

std::vector<u64> addresses_in(Bytes root) {
    const bool wide = name_of(root).view() == "XSDT";
    std::vector<u64> addresses;
    if (!wide && name_of(root).view() != "RSDT") return addresses;
    const u64 size = wide ? 8 : 4;
    for (u64 at = header_size; within(at, size, root.size()); at += size)
        addresses.push_back(wide ? number_at<u64>(root, at) : number_at<u32>(root, at));
    return addresses;
}

Result<ConfigurationWindow> parse_mcfg(Bytes table) {
    if (name_of(table).view() != "MCFG") return fail(Error::bad_format);
    constexpr u64 first = 44, entry = 16;
    for (u64 at = first; within(at, entry, table.size()); at += entry) {
        const ConfigurationWindow window{number_at<u64>(table, at), number_at<u8>(table, at + 10),
                                         number_at<u8>(table, at + 11)};
        if (number_at<u16>(table, at + 8) != 0 || window.first_bus > window.last_bus) continue;
        return window;
    }
    return fail(Error::not_found);
}

Text<120> describe(Bytes table) {
    Text<120> text;
    const Text<8> name = name_of(table);
    if (name.view() == "APIC") describe_madt(table, text);
    if (name.view() == "HPET") text.format("timer at 0x{:x}", number_at<u64>(table, 44));
    if (name.view() == "FACP")
        text.format("power control at port 0x{:x}, timer at port 0x{:x}", number_at<u32>(table, 64),
                    number_at<u32>(table, 76));
    if (name.view() == "MCFG")
        if (const auto window = parse_mcfg(table))
            text.format("buses {} to {} at 0x{:x}", window->first_bus, window->last_bus, window->base);
    return text;
}

} // namespace pith::os::devices::acpi
