#include "loader/cores.h"

#include "loader/physical.h"
#include "loader/processor.h"

namespace pith::loader {

namespace {

/// How long cores may take to arrive. On an emulator they share the host's processors with others.
constexpr u32 patience_ms = 2000;

/// Waits by channel 2 of the interval timer, which nobody else uses, until `done` or for `microseconds`, at
/// most 50,000. The bound on the loop is for machines without that timer.
template <class Done>
bool wait(u32 microseconds, Done done) {
    const u32 ticks = static_cast<u32>(u64{microseconds} * 1'193'182 / 1'000'000);
    write_port(0x61, static_cast<u8>((read_port(0x61) & 0x0c) | 0x01)); // gate on, speaker off
    write_port(0x43, 0xb0); // channel 2, low then high byte, mode 0
    write_port(0x42, static_cast<u8>(ticks));
    write_port(0x42, static_cast<u8>(ticks >> 8));
    for (u32 tries = 0; tries < 10'000'000; ++tries) {
        if (done()) return true;
        if ((read_port(0x61) & 0x20) != 0) return false; // counted down
        pause();
    }
    return false;
}

void wait(u32 microseconds) {
    wait(microseconds, [] { return false; });
}

/// The boot core's local APIC as far as it sends messages (Intel SDM vol. 3, 11.6.1).
class LocalApic {
  public:
    static constexpr u32 init = 0x4500;     // assert, INIT
    static constexpr u32 start_up = 0x4600; // assert, start-up; the vector is the page

    [[nodiscard]] static std::optional<LocalApic> find() {
        const u64 base = read_msr(0x1b); // IA32_APIC_BASE
        constexpr u64 enabled = 1 << 11;
        constexpr u64 x2apic = 1 << 10;
        if ((base & enabled) == 0 || (base & x2apic) != 0) return std::nullopt;
        return LocalApic{PhysAddr{base & 0x000f'ffff'ffff'f000}};
    }

    void send(u8 apic_id, u32 message) const {
        write(0x310, u32{apic_id} << 24);
        write(0x300, message);
        constexpr u32 pending = 1 << 12;
        for (u32 tries = 0; tries < 100'000 && (read(0x300) & pending) != 0; ++tries)
            pause();
    }

  private:
    explicit LocalApic(PhysAddr base) : base_(base) {}
    [[nodiscard]] u32 read(u32 offset) const {
        return *static_cast<volatile u32*>(&place_physical<u32>(base_ + u64{offset}));
    }
    void write(u32 offset, u32 value) const {
        *static_cast<volatile u32*>(&place_physical<u32>(base_ + u64{offset})) = value;
    }

    PhysAddr base_;
};

} // namespace

u8 own_apic_id() { return static_cast<u8>(cpuid(1).ebx >> 24); }

void start_cores(const Handoff& handoff, const acpi::Madt::Processors& processors) {
    const u8 own = own_apic_id();
    const auto apic = LocalApic::find();
    u32 expected = 0;
    for (u32 i = 0; i < processors.count; ++i)
        expected += processors.ids[i] != own ? 1 : 0;
    if (expected == 0 || !apic) return;

    const auto all_arrived = [&] { return handoff.arrived() >= expected; };
    const auto send_to_all = [&](u32 message) {
        for (u32 i = 0; i < processors.count; ++i)
            if (processors.ids[i] != own) apic->send(processors.ids[i], message);
    };
    // SDM vol. 3, 9.4.4.1: INIT, 10 ms, start-up, 200 us, start-up once more for those that missed it.
    send_to_all(LocalApic::init);
    wait(10'000);
    send_to_all(LocalApic::start_up | handoff.start_vector());
    if (wait(200, all_arrived)) return;
    send_to_all(LocalApic::start_up | handoff.start_vector());
    for (u32 waited = 0; waited < patience_ms; waited += 10)
        if (wait(10'000, all_arrived)) return;
}

} // namespace pith::loader
