#include "servers/devices/function.h"

#include "base/address.h"

#include <algorithm>

namespace pith::os::devices {
namespace {

template <class T>
T at(Bytes space, u64 offset) {
    return read_at<T>(space, offset).value_or(T{});
}

void take_capability(Function& function, Bytes space, u16 place) {
    const u8 kind = at<u8>(space, place);
    if (kind == pci::messages) {
        function.messages_at = place;
    } else if (kind == pci::message_table && !function.message_table) {
        const u32 table = at<u32>(space, place + u64{4}), pending = at<u32>(space, place + u64{8});
        if ((table & 7) > 5 || (pending & 7) > 5) return;
        function.message_table_at = place;
        function.message_table = {table & 7, table & ~7u, (at<u16>(space, place + u64{2}) & 0x7ffu) + 1,
                                  pending & 7, pending & ~7u};
    } else if (kind == pci::express) {
        function.express_at = place;
        function.has_function_reset = (at<u32>(space, place + u64{4}) >> 28 & 1) != 0;
    }
}

} // namespace

std::optional<Function> parse_function(u16 address, Bytes space) {
    Function function;
    function.address = address;
    function.identity = at<u32>(space, 0);
    if ((function.identity & 0xffff) == 0xffff || (function.identity & 0xffff) == 0) return std::nullopt;
    function.class_code = at<u32>(space, 8) >> 8;
    const u8 header = at<u8>(space, 0x0e) & 0x7f;
    function.is_bridge = header != 0;
    if (!function.is_bridge) function.subsystem = at<u32>(space, 0x2c);
    function.line = at<u8>(space, 0x3c);
    constexpr u16 has_capabilities = 1 << 4;
    if ((at<u16>(space, 0x06) & has_capabilities) == 0 || header > 1) return function;
    constexpr int most = 48; // as many as fit: a longer list is a circle
    u8 place = at<u8>(space, 0x34) & 0xfc;
    for (int i = 0; i < most && place >= 0x40; ++i) {
        take_capability(function, space, place);
        place = at<u8>(space, place + u64{1}) & 0xfc;
    }
    return function;
}

bool parse_window(Function::Window& window, std::array<u32, 2> base, std::array<u32, 2> ones) {
    window.is_ports = (base[0] & 1) != 0;
    if (window.is_ports) {
        window.base = base[0] & 0xfffc;
        const u32 mask = ones[0] & 0xfffc;
        window.size = mask == 0 ? 0 : u64{~mask & 0xffff} + 1;
        return false;
    }
    const bool is_64 = (base[0] >> 1 & 3) == 2;
    window.base = (base[0] & ~15u) | (is_64 ? u64{base[1]} << 32 : 0);
    const u64 mask = (ones[0] & ~15u) | (is_64 ? u64{ones[1]} << 32 : u64{0xffff'ffff} << 32);
    window.size = (ones[0] & ~15u) == 0 && (!is_64 || ones[1] == 0) ? 0 : ~mask + 1;
    return is_64;
}

std::vector<Part> parts_for_driver(const Function& function) {
    std::vector<Part> parts;
    for (u32 number = 0; number < function.windows.size(); ++number) {
        const Function::Window& window = function.windows[number];
        // What shares a page with another device's registers cannot be given alone.
        if (!window.exists() || window.is_ports || window.size % page_size != 0 ||
            window.base % page_size != 0)
            continue;
        u64 from = 0;
        const auto keep_out = [&](u64 offset, u64 size) {
            const u64 start = std::max(align_down(offset, page_size), from);
            const u64 end = align_up(offset + size, page_size);
            if (start >= window.size || end <= from) return;
            if (start > from) parts.push_back({number, from, start - from});
            from = std::min(end, window.size);
        };
        if (const auto& table = function.message_table) {
            constexpr u64 entry = 16;
            struct Hole {
                u64 offset, size;
            };
            std::vector<Hole> holes;
            if (table->window == number) holes.push_back({table->offset, table->entries * entry});
            if (table->pending_window == number)
                holes.push_back({table->pending_offset, (table->entries + 63) / 64 * 8});
            std::ranges::sort(holes, {}, &Hole::offset);
            for (const Hole& hole : holes)
                keep_out(hole.offset, hole.size);
        }
        if (from < window.size) parts.push_back({number, from, window.size - from});
    }
    return parts;
}

} // namespace pith::os::devices
