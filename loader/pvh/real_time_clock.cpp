#include "loader/pvh/real_time_clock.h"

#include "loader/processor.h"

namespace pith::loader::pvh {

namespace {

constexpr u8 status_a = 0x0a;
constexpr u8 status_b = 0x0b;
constexpr u8 update_in_progress = 0x80;
constexpr u8 binary_not_bcd = 0x04;
constexpr u8 hours_to_24 = 0x02;
constexpr u8 afternoon = 0x80;

/// The index' top bit keeps non-maskable interrupts off.
u8 read_register(u8 index) {
    write_port(0x70, index | 0x80);
    return read_port(0x71);
}

constexpr u8 to_binary(u8 bcd) { return static_cast<u8>((bcd >> 4) * 10 + (bcd & 15)); }
constexpr u8 to_bcd(u8 binary) { return static_cast<u8>(binary / 10 << 4 | binary % 10); }

/// In the order of the information page, in the clock's own notation.
std::array<u8, 8> read_fields() {
    std::array<u8, 8> fields{};
    constexpr std::array<u8, 7> registers{0x32, 0x09, 0x08, 0x07, 0x04, 0x02, 0x00};
    for (std::size_t i = 0; i < registers.size(); ++i)
        fields[i] = read_register(registers[i]);
    return fields;
}

u8 hour_of_day(u8 hour, bool by_24) {
    if (by_24) return hour;
    const u8 twelve = to_binary(hour & static_cast<u8>(~afternoon)) % 12;
    return to_bcd(static_cast<u8>(twelve + ((hour & afternoon) != 0 ? 12 : 0)));
}

} // namespace

std::array<u8, 8> read_real_time_clock() {
    // Two equal readings outside an update, which takes 2 ms at most; a clock that never settles is not
    // there.
    for (u32 tries = 0; tries < 10'000; ++tries) {
        if ((read_register(status_a) & update_in_progress) != 0) continue;
        auto fields = read_fields();
        if (fields != read_fields()) continue;
        const u8 format = read_register(status_b);
        if ((format & binary_not_bcd) != 0)
            for (u8& field : fields)
                field = static_cast<u8>(to_bcd(field & 0x7f) | (field & afternoon));
        fields[4] = hour_of_day(fields[4], (format & hours_to_24) != 0);
        return fields;
    }
    return {};
}

} // namespace pith::loader::pvh
