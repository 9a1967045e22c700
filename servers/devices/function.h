#pragma once

#include "base/bytes.h"

#include <array>
#include <optional>
#include <vector>

namespace pith::os::devices {

/// What a PCI function says of itself in its configuration space (PCI 3.0, chapter 6), without any access to
/// it: the bytes are the device's, and foreign.
struct Function {
    /// Base address register: registers in memory, or I/O ports.
    struct Window {
        u64 base = 0; ///< 0: there is none, or nobody placed it
        u64 size = 0;
        bool is_ports = false;
        [[nodiscard]] bool exists() const { return base != 0 && size != 0; }
    };
    /// The table of interrupts by message (PCI 3.0, 6.8.2), and the bits that tell which are pending.
    struct MessageTable {
        u32 window = 0, offset = 0, entries = 0;
        u32 pending_window = 0, pending_offset = 0;
    };

    u16 address = 0;
    u32 identity = 0; ///< vendor, device << 16
    u32 subsystem = 0;
    u32 class_code = 0; ///< class << 16 | subclass << 8 | interface
    u8 line = 0xff;
    bool is_bridge = false;
    std::array<Window, 6> windows{};
    std::optional<MessageTable> message_table;
    // Where capabilities lie; 0: there is none.
    u16 messages_at = 0, message_table_at = 0, express_at = 0;
    bool has_function_reset = false;
};

namespace pci {
inline constexpr u16 command = 0x04, first_window = 0x10;
inline constexpr u16 io_space = 1, memory_space = 2, bus_master = 4, no_line = 1 << 10;
inline constexpr u8 messages = 0x05, express = 0x10, message_table = 0x11;
} // namespace pci

/// All but the windows. Nothing where there is no function.
[[nodiscard]] std::optional<Function> parse_function(u16 address, Bytes space);
/// A window, by what its register held, and what it held after ones were written; the following register of a
/// window with 64 bits likewise. Whether it has 64 bits.
bool parse_window(Function::Window& window, std::array<u32, 2> base, std::array<u32, 2> ones);

/// A part of a window, in whole pages, that a driver may have: not the table of messages, whose page the
/// device server keeps.
struct Part {
    u32 window;
    u64 offset, size;
};
[[nodiscard]] std::vector<Part> parts_for_driver(const Function& function);

} // namespace pith::os::devices
