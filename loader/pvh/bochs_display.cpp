#include "loader/pvh/bochs_display.h"

#include "loader/physical.h"
#include "loader/processor.h"

namespace pith::loader::pvh {

namespace {

/// A function on PCI bus 0, by the configuration ports.
class PciDevice {
  public:
    explicit PciDevice(u32 slot) : address_(0x8000'0000 | slot << 11) {}
    [[nodiscard]] u32 read(u32 offset) const {
        write_port32(0xcf8, address_ | offset);
        return read_port32(0xcfc);
    }
    void write(u32 offset, u32 value) const {
        write_port32(0xcf8, address_ | offset);
        write_port32(0xcfc, value);
    }
    /// Where a 32-bit memory window lies; nothing if it is none or has no place.
    [[nodiscard]] std::optional<PhysAddr> memory_window(u32 index) const {
        const u32 bar = read(0x10 + 4 * index);
        if ((bar & 1) != 0 || (bar & ~u32{15}) == 0) return std::nullopt;
        return PhysAddr{bar & ~u32{15}};
    }

  private:
    u32 address_;
};

constexpr u32 bochs_identity = 0x1111'1234;

std::optional<PciDevice> find_display() {
    for (u32 slot = 0; slot < 32; ++slot)
        if (const PciDevice device{slot}; device.read(0) == bochs_identity) return device;
    return std::nullopt;
}

/// The display's registers, in its second memory window (QEMU docs/specs/standard-vga).
class Registers {
  public:
    enum class Index : u32 {
        id = 0,
        width = 1,
        height = 2,
        depth = 3,
        enable = 4,
        bank = 5,
        virtual_width = 6,
        x_offset = 8,
        y_offset = 9,
        memory = 10, ///< in units of 64 KiB
    };

    explicit Registers(PhysAddr window) : window_(window) {}
    [[nodiscard]] u16 read(Index index) const { return *word(index); }
    void write(Index index, u32 value) const { *word(index) = static_cast<u16>(value); }

    /// A VGA starts with its palette access off, which blanks the screen: index bit 5 of the attribute
    /// register.
    void unblank() const {
        constexpr u64 attribute = 0x400; // port 0x3c0
        *static_cast<volatile u8*>(&place_physical<u8>(window_ + attribute)) = 0x20;
    }

  private:
    [[nodiscard]] volatile u16* word(Index index) const {
        return &place_physical<u16>(window_ + (u64{0x500} + 2 * static_cast<u32>(index)));
    }
    PhysAddr window_;
};

constexpr u16 disabled = 0;
constexpr u16 enabled_linear_kept = 0x01 | 0x40;

bool fits(ScreenSize screen, u64 memory) { return u64{screen.width} * screen.height * 4 <= memory; }

void set_mode(const Registers& registers, ScreenSize screen) {
    using enum Registers::Index;
    registers.write(enable, disabled);
    registers.write(width, screen.width);
    registers.write(height, screen.height);
    registers.write(depth, 32);
    registers.write(virtual_width, screen.width);
    registers.write(x_offset, 0);
    registers.write(y_offset, 0);
    registers.write(enable, enabled_linear_kept); // also clears the memory
    registers.unblank();
}

} // namespace

Machine::Framebuffer set_up_bochs_display(ScreenSize wanted) {
    const auto device = find_display();
    if (!device) return {};
    const auto memory = device->memory_window(0);
    const auto window = device->memory_window(2);
    if (!memory || !window) return {};
    device->write(0x04, (device->read(0x04) & 0xffff) | 0x02); // answer to memory accesses
    const Registers registers{*window};
    if ((registers.read(Registers::Index::id) & 0xfff0) != 0xb0c0) return {};

    const u64 size = u64{registers.read(Registers::Index::memory)} << 16;
    wanted.width &= ~u32{7};
    const ScreenSize screen = fits(wanted, size) ? wanted : default_screen;
    if (!fits(screen, size)) return {};
    set_mode(registers, screen);
    return {.start = *memory,
            .size = screen.width * screen.height * 4,
            .screen = screen,
            .scanline = screen.width * 4,
            .format = bootboot::PixelFormat::argb};
}

} // namespace pith::loader::pvh
