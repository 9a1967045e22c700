#pragma once

#include "abi/syscalls.h"
#include "base/panic.h"
#include "base/time.h"
#include "kernel/machine/dma_fault.h"
#include "kernel/machine/message_route.h"
#include "kernel/machine/thread_context.h"
#include "kernel/memory/task_tables.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace pith::kernel {

class Core;

/// What the simulated machine keeps of a core.
struct CoreLocal {
    Core* core = nullptr;
    ThreadContext* loaded = nullptr;
    bool polling = false;     ///< lets interrupts in and then goes on by itself
    bool interrupted = false; ///< by another core, which it has not noticed yet
    Instant armed = Instant::never();

    /// Translations that it has used since they were last forgotten, all of the space that is loaded.
    static constexpr u32 most_known = 8;
    struct Known {
        VirtAddr page;
        PhysAddr frame;
    };
    std::array<Known, most_known> known{};
    u32 known_count = 0;
};

/// A machine in ordinary memory: an arena stands for RAM, time passes when a test says so, and everything
/// that the kernel asks for is recorded, so that tests can look at it.
class Machine {
  public:
    static constexpr u32 lines = 16;
    static constexpr u32 sources = 128; ///< lines and messages

    /// Of `ram` the last `own_pages` are the machine's; they do not change any more.
    explicit Machine(std::span<std::byte> ram);
    static constexpr u32 most_cores = 4;
    static constexpr PageCount own_pages = pages(5 + most_cores);

    std::byte* frame(PhysAddr address) {
        require(address.raw < ram_.size(), "a frame outside RAM");
        return &ram_[address.raw];
    }
    /// Of the kernel's half there are only the task states, and what lies behind them.
    [[nodiscard]] PhysAddr kernel_root() const { return {ram_.size() - own_pages.bytes()}; }
    void share_kernel_half(PhysAddr root) {
        TaskTables::entry_in(access(), root) = TaskTables::entry_in(access(), kernel_root());
    }

    void switch_context(CoreLocal& core, ThreadContext& from, ThreadContext& to) {
        require(!core.loaded || core.loaded == &from, "switched from what was not loaded");
        require(&core == here_, "a switch on another core");
        if (from.root != to.root) core.known_count = 0;
        if (from.interrupted) from.vector_saved = true;
        to.vector_saved = false;
        core.loaded = &to;
        ++switches;
    }
    [[nodiscard]] Registers* switch_in_call(CoreLocal& core, ThreadContext& from, ThreadContext& to) {
        require(!from.interrupted && !to.interrupted && &from != &to, "not inside a system call");
        switch_context(core, from, to);
        return end_of(to.registers);
    }
    void switch_into_call(CoreLocal& core, ThreadContext& from, ThreadContext& to) {
        require(from.interrupted && !to.interrupted && &from != &to, "not from an interrupt into a call");
        switch_context(core, from, to);
    }
    [[nodiscard]] bool can_switch_in_call() const { return true; }
    static void keep_return(const CoreLocal&, ThreadContext&) {}
    static void prepare_vector_area(std::byte* area) { std::fill_n(area, 4096, std::byte{}); }
    static Registers* end_of(Registers& registers) { return &registers + 1; }
    static void copy_words(const u64* from, u64* to, u64 count) { std::copy_n(from, count, to); }
    Core& this_core() { return *here_->core; }
    void interrupt_core(CoreLocal& core) {
        require(&core != here_, "a core interrupts itself");
        core.interrupted = true;
    }

    void flush_page(PhysAddr root, VirtAddr page) {
        ++flushes;
        if (here_->loaded->root != root) return;
        for (u32 i = 0; i < here_->known_count; ++i)
            if (here_->known[i].page == page) here_->known[i--] = here_->known[--here_->known_count];
    }
    void flush_space(PhysAddr root) {
        ++flushes;
        if (here_->loaded->root == root) here_->known_count = 0;
    }

    Instant now() { return time; }
    Ticks ticks() { return {time.raw}; }
    Duration duration(Ticks count) { return {count.raw}; }
    ClockRate clock_rate() { return {.readable = clock_is_readable, .start = 0, .factor = 1, .shift = 0}; }
    void arm_timer(Instant when) { armed = when; }

    bool interrupt_exists(u32 line) { return line < lines; }
    bool interrupt_is_level(u32 line) { return line < lines && line != edge_line; }
    void mask_interrupt(u32 line) { unmasked[line] = false; }
    void unmask_interrupt(u32 line) { unmasked[line] = true; }
    void end_interrupt() {}
    MessageRoute route_message(u32 line, u16 device) {
        require(line >= lines && !unmasked[line] && !routed[line], "a message that is routed already");
        routed[line] = true;
        return {0xfee0'0000 + u64{device}, line};
    }
    void drop_message(u32 line) {
        require(!unmasked[line], "a message that could still come");
        routed[line] = false;
    }

    u32 dma_levels() { return translation_levels; }
    void dma_attach(u16 device, PhysAddr root) {
        for (Attached& place : attached)
            if (place.root.raw == 0) return void(place = {device, root});
        panic("more devices than a test has");
    }
    void dma_detach(u16 device) {
        Attached* place = find_attached(device);
        require(place != nullptr, "detached twice");
        *place = {};
    }
    std::optional<DmaFault> take_dma_fault() {
        if (faults == 0) return std::nullopt;
        --faults;
        return DmaFault{faulting_device, true, 5, 0x1234'5000};
    }
    void silence_dma_faults(u16) {
        silenced = true;
        faults = 0;
    }
    void dma_changed(u16 device) {
        require(find_attached(device) != nullptr, "changed what nobody uses");
        ++dma_flushes;
    }

    bool is_device_memory(PhysAddr start, PageCount) { return start.raw >= ram_.size(); }
    bool is_device_port(u32 first, u32) { return first >= 0x100; }

    void release_console() { console_released = true; }
    [[nodiscard]] PhysAddr firmware_tables() const { return {0x7fe0'0000}; }
    [[nodiscard]] abi::ScreenEntry screen() const {
        return {{0x8000'0000}, 640, 480, 640 * 4, abi::PixelFormat::argb};
    }
    void release_screen() { screen_released = true; }
    void power(abi::PowerAction action) { powered = action; }

    // For tests.
    /// Which core executes from now on.
    void go_to(CoreLocal& core) {
        if (here_) here_->armed = armed;
        here_ = &core;
        armed = core.armed;
    }
    [[nodiscard]] CoreLocal& here() { return *here_; }
    Instant time{};
    Instant armed = Instant::never();   ///< the executing core's timer; of the others see CoreLocal
    static constexpr u32 edge_line = 1; ///< the other lines are levels
    std::array<bool, sources> unmasked{};
    std::array<bool, sources> routed{};
    bool clock_is_readable = true; ///< by programs
    u32 translation_levels = 0;    ///< 3 or 4: devices reach what tables say
    struct Attached {
        u16 device = 0;
        PhysAddr root{}; ///< null: none
    };
    std::array<Attached, 8> attached{};
    Attached* find_attached(u16 device) {
        for (Attached& place : attached)
            if (place.root.raw != 0 && place.device == device) return &place;
        return nullptr;
    }
    u64 dma_flushes = 0;
    u64 faults = 0; ///< refusals that wait to be taken, all of one device
    u16 faulting_device = 0;
    bool silenced = false;
    u64 switches = 0;
    u64 flushes = 0;
    bool console_released = false;
    bool screen_released = false;
    abi::PowerAction powered{};

  private:
    [[nodiscard]] FrameAccess access() const { return FrameAccess{ram_.data()}; }

    std::span<std::byte> ram_;
    CoreLocal* here_ = nullptr;
};

inline Machine::Machine(std::span<std::byte> ram) : ram_{ram} {
    const auto frame = [this](u64 n) { return kernel_root() + pages(n); };
    TaskTables::make(access(), kernel_root(), {frame(1), frame(2), frame(3), frame(4)});
    for (u32 core = 0; core < most_cores; ++core)
        TaskTables::show(access(), kernel_root(), core, frame(5 + core));
}

} // namespace pith::kernel
