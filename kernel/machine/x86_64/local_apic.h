#pragma once

#include "kernel/machine/x86_64/cpu.h"

namespace pith::kernel {

/// The calling core's own interrupt controller (SDM vol. 3, chapter 11), by its memory window: the same
/// address shows each core its own.
class LocalApic {
  public:
    static constexpr u8 timer_vector = 0x20, summons_vector = 0xfe, spurious_vector = 0xff;
    static constexpr u32 timer_divisor = 16;

    explicit LocalApic(std::byte* window) : window_{window} {}

    /// Accepts interrupts; timer one-shot, all other local sources masked.
    void enable() const;
    void end_of_interrupt() const { write(0xb0, 0); }
    /// Ticks from now; 0 disarms.
    void arm(u32 ticks) const { write(0x380, ticks); }
    [[nodiscard]] u32 ticks_left() const { return read(0x390); }
    [[nodiscard]] u32 id() const { return read(0x20) >> 24; }
    void send_nmi(u32 apic_id) const;
    void send_summons(u32 apic_id) const;
    /// Whether the vector is being served: then it wants an end_of_interrupt.
    [[nodiscard]] bool in_service(u8 vector) const {
        return (read(0x100 + 0x10 * (vector / 32u)) >> (vector % 32) & 1) != 0;
    }

  private:
    [[nodiscard]] u32 read(u32 offset) const {
        return cpu::read32(reinterpret_cast<volatile u32*>(window_ + offset));
    }
    void write(u32 offset, u32 value) const {
        cpu::write32(reinterpret_cast<volatile u32*>(window_ + offset), value);
    }
    void send(u32 apic_id, u32 command) const;

    std::byte* window_;
};

} // namespace pith::kernel
