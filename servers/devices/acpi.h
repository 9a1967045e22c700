#pragma once

#include "base/bytes.h"
#include "base/text.h"

#include <vector>

/// What the device server reads of the firmware's tables (ACPI 6.5, chapter 5): the bytes are foreign.
namespace pith::os::devices::acpi {

inline constexpr u64 header_size = 36;
inline constexpr u64 most_bytes = u64{1} << 20;

/// The length that a table's header says; `bad_format` where it cannot be.
[[nodiscard]] Result<u64> length_of(Bytes header);
/// Whether the bytes, all of a table, add up to zero.
[[nodiscard]] bool adds_up(Bytes table);
/// Its four letters, as far as they can be printed.
[[nodiscard]] Text<8> name_of(Bytes table);
/// The addresses that an RSDT (32 bits each) or XSDT (64 bits each) holds.
[[nodiscard]] std::vector<u64> addresses_in(Bytes root);

/// MCFG (PCI Firmware 3.2, 4.1.2): configuration space in memory.
struct ConfigurationWindow {
    u64 base = 0;
    u8 first_bus = 0, last_bus = 0;
};
/// Of segment 0; `not_found`.
[[nodiscard]] Result<ConfigurationWindow> parse_mcfg(Bytes table);

/// What a table says, in a few words: MADT, MCFG, HPET and FADT; empty for others.
[[nodiscard]] Text<120> describe(Bytes table);

} // namespace pith::os::devices::acpi
