#include "loader/console.h"

#include "loader/physical.h"
#include "loader/processor.h"

#include <array>

namespace pith::loader {

namespace {

constexpr std::string_view prefix = "pith-loader: ";

/// A 16550 at 115200 baud, 8 bits, no parity.
class SerialPort {
  public:
    explicit SerialPort(u16 base) : base_(base) {
        write_port(base_ + 1, 0);    // no interrupts
        write_port(base_ + 3, 0x80); // the divisor's turn
        write_port(base_ + 0, 1);
        write_port(base_ + 1, 0);
        write_port(base_ + 3, 0x03);
        write_port(base_ + 2, 0x07); // FIFOs on and empty
        write_port(base_ + 4, 0x03); // DTR, RTS
    }

    void write(std::string_view text) const {
        for (const char c : text)
            write(c);
    }

  private:
    void write(char c) const {
        constexpr u32 patience = 100'000;
        u32 tries = 0;
        while ((read_port(base_ + 5) & 0x20) == 0)
            if (++tries == patience) return;
        write_port(base_, static_cast<u8>(c));
    }

    u16 base_;
};

} // namespace

void report_on_serial_ports(std::string_view text) {
    for (const u16 base : std::array<u16, 2>{0x3f8, 0x2f8}) {
        const SerialPort port{base};
        port.write(prefix);
        port.write(text);
        port.write("\r\n");
    }
}

void report_on_text_screen(std::string_view text) {
    constexpr PhysAddr text_memory{0xb8000};
    constexpr u16 white_on_red = 0x4f00;
    constexpr std::size_t columns = 80;
    std::array<u16, columns> line;
    line.fill(white_on_red | ' ');
    std::size_t at = 0;
    for (const std::string_view part : {prefix, text})
        for (const char c : part)
            if (at < columns) line[at++] = static_cast<u16>(white_on_red | static_cast<u8>(c));
    std::memcpy(physical_pointer(text_memory), line.data(), sizeof line);
}

} // namespace pith::loader
