#include "kernel/sched/summons.h"

#include "kernel/kernel.h"

#include <algorithm>

namespace pith::kernel {

void Summons::call(Core& core) {
    if (core.summoned) return;
    core.summoned = true;
    ++core.summonses;
    kernel_.machine().interrupt_core(core.local);
}

void Summons::demand(Core& core) {
    ++last_;
    if (core.oldest_demand == 0) core.oldest_demand = last_;
    call(core);
}

void Summons::flush_elsewhere(PhysAddr root) {
    const Core& here = kernel_.machine().this_core();
    for (u32 i = 0; i < kernel_.core_count(); ++i) {
        Core& core = kernel_.core(i);
        if (&core == &here || core.space() != root) continue;
        core.shall_flush = true;
        demand(core);
    }
    if (outstanding()) kernel_.frames().hold_back(last_);
}

void Summons::dismiss(Thread& thread, Core& core) {
    thread.unusual |= unusual::dismissed;
    demand(core);
}

void Summons::wait(Thread& thread) {
    if (!outstanding() || thread.state != ThreadState::running) return;
    thread.demand = last_;
    waiters_.push_back(thread);
    kernel_.waits().begin(thread, ThreadState::synchronizing, Instant::never());
}

void Summons::answer(Core& core) {
    core.summoned = false;
    if (std::exchange(core.shall_flush, false)) kernel_.machine().flush_space(core.space());
    if (core.current && (core.current->unusual & unusual::dismissed) != 0) kernel_.end_thread(*core.current);
    if (core.current && (core.current->unusual & unusual::stopped) != 0) kernel_.park(core);
    if (core.current && core.current->home) kernel_.send_home(core);
    if (std::exchange(core.oldest_demand, 0) != 0) finish_met();
}

void Summons::finish_met() {
    u32 oldest = last_ + 1;
    for (u32 i = 0; i < kernel_.core_count(); ++i)
        if (const u32 demand = kernel_.core(i).oldest_demand) oldest = std::min(oldest, demand);
    while (Thread* waiter = waiters_.front()) {
        if (waiter->demand >= oldest) break;
        waiter->context.registers.answer(0);
        kernel_.waits().finish(*waiter);
    }
    kernel_.frames().let_go(oldest - 1);
    if (oldest > last_) last_ = 0; // so that the numbers stay small
}

} // namespace pith::kernel
