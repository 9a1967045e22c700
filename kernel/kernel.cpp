#include "kernel/kernel.h"

#include "kernel/memory/frame_pointer.h"
#include "kernel/object/memory.h"
#include "kernel/sched/hand_over.h"
#include "kernel/sched/waits.h"

namespace pith::kernel {

Kernel::Kernel(Machine& machine, FrameAllocator& frames, FrameAccess access, Log& log)
    : machine_{machine},
      log_{log},
      frames_{frames},
      ready_{*this},
      summons_{*this},
      waits_{*this},
      revocations_{*this},
      root_storage_{std::in_place, *this, frames, access, frames.statistics().free},
      root_budget_{*root_storage_},
      reclaimer_{frames, endings_, effort_, unsettled_} {}

Kernel::~Kernel() {
    // No core is in use any more.
    for (u32 i = 0; i < core_count_; ++i) {
        Core& core = *cores_[i];
        if (core.current) make_ready(*core.current);
        core.current = nullptr;
        core.loaded = &core.idle;
    }
    // From the start after each: its end may take the next one along.
    for (Process* process = processes_.front(); process;) {
        const bool ended = process->ended;
        if (!ended) end_process(*process, {.kind = abi::ExitKind::killed});
        process = ended ? processes_.next(*process) : processes_.front();
    }
    while (const auto domain = dma_domains_.release_any())
        reclaimer_.take(domain);
    reclaimer_.finish();
}

Core& Kernel::add_core(Locked<Kernel>& self, CoreLocal& local, PhysAddr kernel_root) {
    if (core_count_ == max_cores) panic("more cores than the kernel has room for");
    return cores_[core_count_].emplace(core_count_++, local, self, kernel_root);
}

Result<std::reference_wrapper<Memory>> Kernel::clock_page() {
    if (clock_page_) return std::ref(*clock_page_);
    Ref<Memory> memory = TRY(root_budget().make<Memory>(pages(1)));
    TRY(memory->fill());
    const ClockRate rate = machine_.clock_rate();
    *frame_as<abi::ClockData>(root_budget().account(),
                              memory->frame(0)) = {.sequence = 0,
                                                   .use_call = rate.readable ? 0u : 1u,
                                                   .start = rate.start,
                                                   .factor = rate.factor,
                                                   .shift = rate.shift};
    clock_page_ = std::move(memory);
    return std::ref(*clock_page_);
}

Exit Kernel::timer(Core& core) {
    trace(core, abi::TraceEvent::timer, 0);
    watched_ = Instant::never();
    core.note_timer_fired();
    const Instant now = machine_.now();
    const Effort::Slice slice{effort_};
    const bool turn_is_over = core.current && now >= core.slice_end;
    // A busy system would never reach the reclaimer otherwise, nor one in which many deadlines come at once.
    if (turn_is_over && reclaimer_.has_work() && !reclaiming_) reclaimer_.step();
    waits_.expire(now);
    if (turn_is_over) {
        core.begin_turn();
        Thread* current = core.current;
        if (current && ready_.highest_for(core) >= current->priority) make_ready(*current);
    }
    return leave(core);
}

[[gnu::always_inline]] inline Exit Kernel::interrupt(Core& core, u32 line) {
    trace(core, abi::TraceEvent::interrupt, line);
    Interrupt* interrupt = interrupts_.find(line);
    const bool is_news = interrupt && interrupt->note_fired();
    if (!interrupt) [[unlikely]]
        machine_.mask_interrupt(line);
    machine_.end_interrupt(); // behind masking: a level would come again at once
    if (!is_news) return leave(core);
    Notification& notification = interrupt->notification();
    const u64 bits = interrupt->bits();
    Thread* current = core.current;
    if (current && !core.polls && switches(notification, bits, *current) && machine_.can_switch_in_call())
        [[likely]] {
        Thread& driver = give_way(core, *current, notification);
        driver.context.registers.answer(0, {bits});
        machine_.switch_into_call(core.local, current->context, driver.context);
        return {&driver.context, Exit::Idle::halt};
    }
    notification.signal(bits);
    return leave(core);
}
Exit kernel_interrupt(Core& core, u32 line) { return core.kernel.lock()->interrupt(core, line); }

void Kernel::take_dma_faults() {
    constexpr u32 slice = 16;
    for (u32 n = 0; n < slice; ++n) {
        const auto fault = machine_.take_dma_fault();
        if (!fault) return;
        dma_domains_.note(*fault, *this);
    }
}

} // namespace pith::kernel
