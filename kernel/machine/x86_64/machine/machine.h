#pragma once

// The real machine behind kernel/machine/machine.h.

#include "abi/syscalls.h"
#include "kernel/machine/message_route.h"
#include "kernel/machine/x86_64/clock.h"
#include "kernel/machine/x86_64/console.h"
#include "kernel/machine/x86_64/core_local.h"
#include "kernel/machine/x86_64/device_ranges.h"
#include "kernel/machine/x86_64/features.h"
#include "kernel/machine/x86_64/io_apics.h"
#include "kernel/machine/x86_64/iommu.h"
#include "kernel/machine/x86_64/local_apic.h"
#include "kernel/machine/x86_64/power.h"
#include "kernel/machine/x86_64/vector_state.h"
#include "kernel/memory/frame_access.h"

#include <machine/executing.h>

namespace pith::kernel {

class Machine {
  public:
    /// What boot has found out and set up.
    struct Parts {
        FrameAccess frames;
        PhysAddr kernel_root;
        Features features;
        LocalApic local_apic;
        IoApics io_apics;
        Iommu* iommu; ///< null: devices' addresses are not translated
        Clock clock;
        Scale timer_ticks_per_nanosecond;
        PowerControl power;
        DeviceRanges devices;
        PhysAddr tables; ///< of the firmware
        abi::ScreenEntry screen;
    };
    Machine(Parts parts, Console& console) : parts_{parts}, console_{console} {}
    Machine(const Machine&) = delete;

    [[nodiscard]] std::byte* frame(PhysAddr address) const { return parts_.frames(address); }
    [[nodiscard]] FrameAccess frames() const { return parts_.frames; }
    [[nodiscard]] PhysAddr kernel_root() const { return parts_.kernel_root; }
    void share_kernel_half(PhysAddr root);

    [[gnu::always_inline]] void switch_context(CoreLocal& core, ThreadContext& from, ThreadContext& to);
    [[nodiscard, gnu::always_inline]] static Registers* switch_in_call(CoreLocal& core, ThreadContext& from,
                                                                       ThreadContext& to);
    [[gnu::always_inline]] static void switch_into_call(CoreLocal& core, ThreadContext& from,
                                                        ThreadContext& to);
    [[nodiscard]] bool can_switch_in_call() const { return parts_.features.fsgsbase_and_xsave; }
    [[gnu::always_inline]] static void keep_return(const CoreLocal& core, ThreadContext& from);
    /// Computed anew wherever it is asked for: to keep it costs a register more.
    [[gnu::always_inline]] static Registers* end_of(Registers& registers) {
        Registers* end;
        asm volatile("leaq %1, %0" : "=r"(end) : "m"(*(&registers + 1)));
        return end;
    }
    static void prepare_vector_area(std::byte* area) { vectors::prepare(area); }
    [[gnu::always_inline]] static void copy_words(const u64* from, u64* to, u64 count) {
        asm volatile("rep movsq" : "+S"(from), "+D"(to), "+c"(count)::"memory");
    }

    [[nodiscard]] static Core& this_core() { return executing_core(); }
    void interrupt_core(const CoreLocal& core) const { parts_.local_apic.send_summons(core.apic_id); }

    void flush_page(PhysAddr root, VirtAddr page);
    void flush_space(PhysAddr root);

    [[nodiscard]] Instant now() const { return parts_.clock.now(); }
    [[nodiscard]] static Ticks ticks() { return Clock::ticks(); }
    [[nodiscard]] Duration duration(Ticks count) const { return parts_.clock.duration(count); }
    [[nodiscard]] ClockRate clock_rate() const { return parts_.clock.rate(); }
    void arm_timer(Instant time);

    [[nodiscard]] bool interrupt_exists(u32 line) const { return parts_.io_apics.exists(line); }
    [[nodiscard]] bool interrupt_is_level(u32 line) const { return parts_.io_apics.is_level(line); }
    void mask_interrupt(u32 line);
    void unmask_interrupt(u32 line);
    void end_interrupt() const { parts_.local_apic.end_of_interrupt(); }
    [[nodiscard]] MessageRoute route_message(u32 line, u16 device);
    void drop_message(u32 line);

    // What devices reach. Only where there are levels is anything attached.
    [[nodiscard]] u32 dma_levels() const { return parts_.iommu ? parts_.iommu->levels() : 0; }
    void dma_attach(u16 device, PhysAddr root) { parts_.iommu->attach(device, root); }
    void dma_detach(u16 device) { parts_.iommu->detach(device); }
    void dma_changed(u16 device) { parts_.iommu->changed(device); }
    [[nodiscard]] std::optional<DmaFault> take_dma_fault() {
        return parts_.iommu ? parts_.iommu->take_fault() : std::nullopt;
    }
    void silence_dma_faults(u16 device) { parts_.iommu->silence(device); }

    [[nodiscard]] bool is_device_memory(PhysAddr base, PageCount count) const {
        return parts_.devices.is_device_memory(base, count);
    }
    [[nodiscard]] bool is_device_port(u32 first, u32 count) const;

    void release_console() { console_.release_com1(); }
    [[nodiscard]] PhysAddr firmware_tables() const { return parts_.tables; }
    [[nodiscard]] abi::ScreenEntry screen() const { return parts_.screen; }
    void release_screen() { console_.release_screen(); }
    void power(abi::PowerAction action);

    [[nodiscard]] const LocalApic& local_apic() const { return parts_.local_apic; }
    [[nodiscard]] const Features& features() const { return parts_.features; }
    [[nodiscard]] Console& console() { return console_; }

  private:
    /// Where messages can be masked and told apart; else null.
    [[nodiscard]] Iommu* message_guard() const {
        return parts_.iommu && parts_.iommu->translates_interrupts() ? parts_.iommu : nullptr;
    }
    /// A program has put something into its segment registers, which the next one must not find.
    static void clear_selectors(CoreLocal& core, const ThreadContext& to);
    [[gnu::always_inline]] static void exchange_bases(ThreadContext& from, const ThreadContext& to);
    [[gnu::always_inline]] static void write_bases(const ThreadContext& to);

    Parts parts_;
    Console& console_;
};

/// Takes the running program's FS and GS bases into `from`, which may have changed them unseen, and makes
/// those of `to` current: canonical, checked by whoever let them be set, or read off the processor.
inline void Machine::exchange_bases(ThreadContext& from, const ThreadContext& to) {
    // The program's GS base is behind swapgs. An NMI in between saves what it finds and puts it back.
    u64 fs, gs;
    asm volatile("rdfsbase %0\n"
                 "wrfsbase %2\n"
                 "swapgs\n"
                 "rdgsbase %1\n"
                 "wrgsbase %3\n"
                 "swapgs"
                 : "=&r"(fs), "=&r"(gs)
                 : "r"(to.fs_base.raw), "r"(to.gs_base.raw)
                 : "memory");
    from.fs_base = {fs};
    from.gs_base = {gs};
}

/// The same where programs have no instruction to change theirs.
inline void Machine::write_bases(const ThreadContext& to) {
    cpu::write_msr(cpu::Msr::fs_base, to.fs_base.raw);
    cpu::write_msr(cpu::Msr::kernel_gs_base, to.gs_base.raw);
}

/// No XSAVE, no WRMSR, one CR3 write, one XRSTOR. Only processors with FSGSBASE and XSAVE have a fast path
/// (Features::enable_on_this_core), so nothing is asked here. Segment selectors stay: what a program has put
/// there reaches whom it sends messages to, and no further than the next other switch.
inline Registers* Machine::switch_in_call(CoreLocal&, ThreadContext& from, ThreadContext& to) {
    Registers* const end = end_of(to.registers);
    asm volatile("movq %0, %%gs:%c1" ::"r"(end), "i"(CORE_REGISTERS_END));
    u64 base; // one register at a time: the fast path has few
    asm volatile("rdfsbase %0" : "=r"(base));
    from.fs_base = {base};
    asm volatile("wrfsbase %0" ::"r"(to.fs_base.raw));
    // The core's own GS base goes, to be found again at the next entry: from here on nothing of CoreLocal can
    // be reached. An NMI finds the core by its stack.
    asm volatile("swapgs\n"
                 "rdgsbase %0"
                 : "=r"(base)::"memory");
    from.gs_base = {base};
    asm volatile("wrgsbase %0" ::"r"(to.gs_base.raw) : "memory");
    if (from.root != to.root) {
        cpu::write_cr3(to.root.raw);
        vectors::load_initial_by_xrstor();
    }
    return end;
}

/// entry.S: rip and rflags are the first on the core's stack.
inline void Machine::keep_return(const CoreLocal& core, ThreadContext& from) {
    const auto* top = reinterpret_cast<const u64*>(core.stack_top);
    from.registers.rip = top[-1];
    from.registers.rflags = top[-2];
    from.registers.rsp = core.scratch;
}

/// As switch_context where a part of what that asks is known.
inline void Machine::switch_into_call(CoreLocal& core, ThreadContext& from, ThreadContext& to) {
    vectors::save_by_xsave(from.vector_area);
    from.vector_saved = true;
    exchange_bases(from, to);
    if (cpu::data_selectors() != 0) [[unlikely]]
        clear_selectors(core, to);
    core.set_context(to);
    if (from.root != to.root) cpu::write_cr3(to.root.raw);
    vectors::load_initial_by_xrstor();
}

inline void Machine::switch_context(CoreLocal& core, ThreadContext& from, ThreadContext& to) {
    if (&from == &to) return;
    const bool live_vectors = from.interrupted;
    if (live_vectors) [[unlikely]] {
        vectors::save(from.vector_area, parts_.features);
        from.vector_saved = true;
    }
    parts_.features.fsgsbase ? exchange_bases(from, to) : write_bases(to);
    if (cpu::data_selectors() != 0) [[unlikely]]
        clear_selectors(core, to);
    core.set_context(to);
    const bool same_space = from.root == to.root;
    if (!same_space) cpu::write_cr3(to.root.raw);
    if (to.vector_saved) [[unlikely]] {
        vectors::load(to.vector_area, parts_.features);
        to.vector_saved = false;
    } else if (!same_space || live_vectors) {
        vectors::load_initial(parts_.features); // nothing of one process reaches the next (CVE-2018-3665)
    }
}

} // namespace pith::kernel
