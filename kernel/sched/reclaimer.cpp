#include "kernel/sched/reclaimer.h"

namespace pith::kernel {

void Reclaimer::take(Ref<Process> process) { processes_.push_back(*std::move(process).into_raw()); }
void Reclaimer::take(Ref<Memory> memory) { memories_.push_back(*std::move(memory).into_raw()); }
void Reclaimer::take(Ref<Queue> queue) { queues_.push_back(*std::move(queue).into_raw()); }
void Reclaimer::take(Ref<DmaDomain> domain) { domains_.push_back(*std::move(domain).into_raw()); }

void Reclaimer::step() {
    if (Memory* memory = memories_.front()) {
        if (!memory->drain()) return;
        memories_.pop_front();
        Ref<Memory>::from_raw(memory).reset();
    } else if (Queue* queue = queues_.front()) {
        if (!queue->drain()) return;
        queues_.pop_front();
        Ref<Queue>::from_raw(queue).reset();
    } else if (DmaDomain* domain = domains_.front()) {
        if (!domain->drain()) return;
        domains_.pop_front();
        Ref<DmaDomain>::from_raw(domain).reset();
    } else if (Process* process = processes_.front()) {
        if (process->space().unmap_one()) return;
        process->handles().give_back_pages();
        processes_.pop_front();
        Ref<Process>::from_raw(process).reset();
    } else {
        frames_.accept_returned(Memory::slice);
    }
}

} // namespace pith::kernel
