#include "kernel/kernel.h"

#include <algorithm>

namespace pith::kernel {

namespace {

/// The list's first object goes, with the list's reference.
template <class T, ListLink T::* Link>
void drop_first(List<T, Link>& list) {
    Ref<T>::from_raw(list.pop_front()).reset();
}

} // namespace

void Reclaimer::raise_urgency(int urgency) {
    note_work();
    urgency_ = is_urgent() ? std::max(urgency_, urgency) : urgency;
}

void Reclaimer::take(Process& process, int urgency) {
    raise_urgency(urgency);
    closing_.push_back(*Ref{process}.into_raw());
    close();
}

void Reclaimer::take_threads_of(Process& process) {
    raise_urgency(process.urgency);
    stopping_.push_back(*Ref{process}.into_raw());
}

void Reclaimer::take_embryo(Process& process) {
    process.ended = true;
    process.left = true;
    process.embryo_link.unlink();
    note_work();
    processes_.push_back(*Ref{process}.into_raw());
}

void Reclaimer::take(Ref<Memory> memory) {
    note_work();
    memories_.push_back(*std::move(memory).into_raw());
}

void Reclaimer::take(Ref<Queue> queue) {
    raise_urgency(queue->urgency());
    List<Queue, &Queue::reclaim_link>& list = queue->receivers().empty() ? queues_ : awaited_queues_;
    list.push_back(*std::move(queue).into_raw());
}

void Reclaimer::take(Ref<DmaDomain> domain) {
    note_work();
    domains_.push_back(*std::move(domain).into_raw());
}

void Reclaimer::take(Ref<Endpoint> endpoint) {
    raise_urgency(endpoint->urgency());
    endpoints_.push_back(*std::move(endpoint).into_raw());
}

void Reclaimer::take(Ref<Notification> notification) {
    raise_urgency(notification->urgency());
    notifications_.push_back(*std::move(notification).into_raw());
}

void Reclaimer::take_change(Process& process) {
    note_work();
    process.space().forget_owner();
    if (!process.change_link.linked()) changes_.push_back(*Ref{process}.into_raw());
}

/// A slice of the threads and embryos of the first process that has been stopped.
void Reclaimer::stop() {
    Process& process = *stopping_.front();
    const bool done = process.kernel().stop_some(process);
    raise_urgency(process.urgency);
    if (done) drop_first(stopping_);
}

/// A slice of a process's handles; false when none are left.
bool Reclaimer::close_handles(Process& process) {
    Capability capability;
    while (!effort_.is_over()) {
        if (!process.handles().take_last(capability)) return false;
        effort_.spend(Effort::remove_handle);
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
    process->fault_handler.clear();
    process->fault_handler.foreign = false;
    process->observer.signal();
    process->observer.clear();
}

/// A slice of those who wait at the first queue, then of what it holds.
void Reclaimer::tell_receivers() {
    Queue& queue = *awaited_queues_.front();
    raise_urgency(queue.urgency());
    if (!queue.send_away()) return;
    Ref<Queue> rest = Ref<Queue>::from_raw(awaited_queues_.pop_front());
    if (!rest->drain()) take(std::move(rest));
}

void Reclaimer::end_memory_of(Budget& budget, int urgency) {
    if (budget.memories().empty()) return;
    raise_urgency(urgency);
    ending_.append(budget.memories());
}

/// A slice of the first object that ends: first of what shows it, then of its frames.
void Reclaimer::end_memory() {
    Memory& memory = *ending_.front();
    if (memory.may_end()) {
        memory.ended = true;
        if (Mapping* mapping = memory.mappings.front()) return lose(*mapping);
        if (!memory.drain()) return;
    }
    ending_.remove(memory);
    memory.payer().memories().push_back(memory);
}

/// A slice of what a mapping shows, or of what is under way in its space.
void Reclaimer::lose(Mapping& mapping) {
    AddressSpace& space = mapping.space;
    if (space.busy()) return space.step();
    space.lose(mapping);
}

/// A slice of what budgets that have ended give to those around them.
void Reclaimer::hand_on() {
    for (; !surpluses_.empty() && !effort_.is_over(); effort_.spend(1))
        surpluses_.hand_on_first();
}

void Reclaimer::step() {
    const Effort::Slice slice{effort_};
    if (!stopping_.empty()) {
        stop();
    } else if (!closing_.empty()) {
        close();
    } else if (!endpoints_.empty()) {
        raise_urgency(endpoints_.front()->urgency());
        if (endpoints_.front()->drain()) drop_first(endpoints_);
    } else if (!notifications_.empty()) {
        raise_urgency(notifications_.front()->urgency());
        if (notifications_.front()->send_away()) drop_first(notifications_);
    } else if (!awaited_queues_.empty()) {
        tell_receivers();
    } else if (!ending_.empty()) {
        end_memory();
    } else if (!surpluses_.empty()) {
        hand_on();
    } else if (!budgets_.empty()) {
        end_budget();
    } else if (Process* changed = changes_.front()) {
        if (changed->space().busy()) return changed->space().step();
        drop_first(changes_);
    } else if (!memories_.empty()) {
        if (memories_.front()->drain()) drop_first(memories_);
    } else if (!queues_.empty()) {
        if (queues_.front()->drain()) drop_first(queues_);
    } else if (!domains_.empty()) {
        if (domains_.front()->drain()) drop_first(domains_);
    } else if (Process* process = processes_.front()) {
        if (close_handles(*process) || process->space().take_apart() || effort_.is_over()) return;
        if (process->handles().give_back_pages()) drop_first(processes_);
    } else if (endings_.has_work()) {
        endings_.step();
    } else {
        frames_.accept_returned(Memory::slice);
    }
}

} // namespace pith::kernel
