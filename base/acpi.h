#pragma once

#include "base/address.h"
#include "base/bytes.h"

#include <array>
#include <optional>
#include <string_view>

/// The few ACPI tables that the loader, the kernel and the device server read (ACPI 6.5, chapter 5). The
/// firmware's bytes are foreign: every length is checked, sums are verified, and nothing here knows where the
/// bytes came from.
namespace pith::acpi {

inline constexpr u64 header_size = 36;
inline constexpr u32 max_table_size = 1 << 20;

/// Reads the four letters and the length that every table starts with; `bytes` holds at least 8.
struct TableStart {
    std::array<char, 4> signature;
    u32 length;
    [[nodiscard]] std::string_view name() const { return {signature.data(), signature.size()}; }
};
[[nodiscard]] Result<TableStart> table_start(Bytes bytes);

[[nodiscard]] bool sums_to_zero(Bytes bytes);

/// The table at the start of `bytes`, without what follows it: signature as asked, length within `bytes`,
/// sum zero.
[[nodiscard]] Result<Bytes> checked_table(Bytes bytes, std::string_view signature);

/// The addresses in an RSDT (32 bits each) or XSDT (64 bits each). Which of the two the signature says.
struct RootTable {
    static constexpr u32 capacity = 64;
    std::array<PhysAddr, capacity> tables;
    u32 count;
};
[[nodiscard]] Result<RootTable> parse_root(Bytes bytes);

/// MADT (ACPI 6.5, 5.2.12): where interrupt controllers are and how ISA lines are wired to them.
struct Madt {
    struct IoApic {
        PhysAddr address;
        u32 first_line; ///< global number of its first input
        u8 id;
    };
    struct IsaLine {
        u32 line;   ///< global number
        bool level; ///< else edge
        bool active_low;
    };
    static constexpr u32 max_io_apics = 8;
    PhysAddr local_apic;
    std::array<IoApic, max_io_apics> io_apics;
    u32 io_apic_count;
    std::array<IsaLine, 16> isa;
    /// Local APIC ids of the processors that may be started, in the table's order.
    struct Processors {
        std::array<u8, 256> ids{};
        u32 count = 0;
    };
    Processors processors;
    bool has_pic;
};
[[nodiscard]] Result<Madt> parse_madt(Bytes bytes);

/// An I/O port or a memory address (generic address structure; ACPI 6.5, 5.2.3.2).
struct Register {
    enum class Space : u8 { none, memory, port, pci };
    Space space = Space::none;
    u64 address = 0;
};

/// FADT (ACPI 6.5, 5.2.9): power, reset and the timer.
struct Fadt {
    PhysAddr dsdt;
    u16 smi_command;
    u8 acpi_enable;
    u16 pm1a_control; ///< ports; 0: none
    u16 pm1b_control;
    u16 pm_timer;
    bool pm_timer_32_bits;
    Register reset;
    u8 reset_value;
};
[[nodiscard]] Result<Fadt> parse_fadt(Bytes bytes);

/// HPET table (IA-PC HPET 1.0a, 3.2.4): where its registers are.
[[nodiscard]] Result<PhysAddr> parse_hpet(Bytes bytes);

/// MCFG (PCI Firmware 3.2, 4.1.2): configuration space in memory, of PCI segment 0; `not_found`.
struct ConfigurationWindow {
    PhysAddr base;
    u8 first_bus, last_bus;
};
[[nodiscard]] Result<ConfigurationWindow> parse_mcfg(Bytes bytes);

} // namespace pith::acpi
