#include "kernel/sched/reclaimer.h"

#include <algorithm>

namespace pith::kernel {

void Reclaimer::take(Process& process, int urgency) {
    may_have_work_ = true;
    urgency_ = std::max(this->urgency(), urgency);
    closing_.push_back(*Ref{process}.into_raw());
    close();
}

void Reclaimer::take_embryo(Process& process) {
    process.ended = true;
    process.left = true;
    process.embryo_link.unlink();
    may_have_work_ = true;
    processes_.push_back(*Ref{process}.into_raw());
}
void Reclaimer::take(Ref<Memory> memory) {
    may_have_work_ = true;
    memories_.push_back(*std::move(memory).into_raw());
}
void Reclaimer::take(Ref<Queue> queue) {
    may_have_work_ = true;
    queues_.push_back(*std::move(queue).into_raw());
}
void Reclaimer::take(Ref<DmaDomain> domain) {
    may_have_work_ = true;
    domains_.push_back(*std::move(domain).into_raw());
}

void Reclaimer::take_change(Process& process) {
    may_have_work_ = true;
    process.space().forget_owner();
    if (!process.change_link.linked()) changes_.push_back(*Ref{process}.into_raw());
}

/// A slice of a process's handles; false when none are left.
bool Reclaimer::close_handles(Process& process) {
    Capability capability;
    for (u32 i = 0; i < handles_a_slice; ++i) {
        if (!process.handles().take_last(capability)) return false;
        capability.object.reset();
        capability.record = {};
    }
    return process.handles().handles_in_use() > 0;
}

/// A slice of the first process's handles. With the last one it has ended for those who observe it.
void Reclaimer::close() {
    Process* process = closing_.front();
    if (!process || close_handles(*process)) return;
    closing_.remove(*process);
    processes_.push_back(*process);
    process->fault_handler = {};
    process->observer.signal();
    process->observer.clear();
}

void Reclaimer::end_memory_of(Budget& budget, int urgency) {
    if (budget.memories().empty()) return;
    may_have_work_ = true;
    urgency_ = std::max(this->urgency(), urgency);
    ending_.append(budget.memories());
}

/// A slice of the first object that ends: first of what shows it, then of its frames.
void Reclaimer::end_memory() {
    Memory& memory = *ending_.front();
    if (memory.may_end()) {
        memory.ended = true;
        if (Mapping* mapping = memory.mappings.front()) {
            AddressSpace& space = mapping->space;
            if (space.busy()) return space.step();
            space.lose(*mapping);
            return;
        }
        if (!memory.drain()) return;
    }
    ending_.remove(memory);
    memory.payer().memories().push_back(memory);
}

void Reclaimer::step() {
    take_slice();
    may_have_work_ = has_work();
}

void Reclaimer::take_slice() {
    if (!closing_.empty()) {
        close();
    } else if (!ending_.empty()) {
        end_memory();
    } else if (Process* changed = changes_.front()) {
        if (changed->space().busy()) return changed->space().step();
        changes_.pop_front();
        Ref<Process>::from_raw(changed).reset();
    } else if (Memory* memory = memories_.front()) {
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
        if (close_handles(*process) || process->space().take_apart()) return;
        process->handles().give_back_pages();
        processes_.pop_front();
        Ref<Process>::from_raw(process).reset();
    } else {
        frames_.accept_returned(Memory::slice);
    }
}

} // namespace pith::kernel
