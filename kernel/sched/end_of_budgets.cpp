#include "kernel/kernel.h"
#include "kernel/object/interrupt.h"
#include "kernel/object/timer.h"

/// The end of a budget is the end of everything that it paid for, slice by slice. A budget that is closed
/// makes nothing more, so what there is to end becomes less with each slice. An object ends in the way of its
/// kind; then every capability to it goes, and with that every way in which anybody could refer to it anew;
/// then whatever else refers to it lets go. So it needs no state of being dead: nobody finds it.
///
/// Nothing here waits for another core. A thread that runs elsewhere is ended by its core when that has come,
/// and its process with it: their budget has been forgotten here by then.
namespace pith::kernel {

void Reclaimer::end(Budget& budget) {
    if (budget.closed()) return;
    budget.close(nullptr);
    note_work();
    budgets_.push_back(*Ref{budget}.into_raw());
}

/// A slice of the first budget that ends: its own capabilities, then what it paid for.
void Reclaimer::end_budget() {
    constexpr u32 slice = 16;
    u32 left = slice;
    Budget& budget = *budgets_.front();
    Kernel& kernel = budget.owner();
    budget.begin_ending();
    if (!kernel.revocations().remove_capabilities(budget, left)) return;
    while (left > 0 && !effort_.is_over()) {
        Object* object = budget.objects().front();
        if (!object) return drop(budget);
        const Ref<Object> keep{*object};
        object->begin_ending();
        if (!end_with_budget(kernel, *object, left)) return;
        budget.note_ended(*object);
    }
}

void Reclaimer::drop(Budget& budget) {
    budgets_.remove(budget);
    Ref<Budget>::from_raw(&budget).reset();
}

bool Reclaimer::end_with_budget(Kernel& kernel, Object& object, u32& left) {
    --left;
    switch (object.kind()) {
    case abi::Kind::none: panic("an object without a kind");
    case abi::Kind::budget: {
        auto& child = static_cast<Budget&>(object);
        if (child.closed()) return true;
        child.close(&child.payer());
        budgets_.push_back(*Ref{child}.into_raw());
        return true; // its capabilities go in its own turn
    }
    case abi::Kind::process:
        if (!end_process(kernel, static_cast<Process&>(object), left)) return false;
        break;
    case abi::Kind::thread: {
        auto& thread = static_cast<Thread&>(object);
        if (!thread.self || (thread.unusual & unusual::dismissed) != 0) break;
        left = 0;
        kernel.end_thread(thread);
        break;
    }
    case abi::Kind::endpoint: {
        auto& endpoint = static_cast<Endpoint&>(object);
        if (endpoint.closed()) break;
        endpoint.close();
        return false;
    }
    case abi::Kind::memory: {
        auto& memory = static_cast<Memory&>(object);
        if (memory.pinned) return true; // a message buffer, which goes with its thread
        memory.ended = true;
        if (Mapping* mapping = memory.mappings.front()) {
            lose(*mapping);
            return false;
        }
        break;
    }
    case abi::Kind::notification:
    case abi::Kind::reply:
    case abi::Kind::interrupt:
    case abi::Kind::io_ports:
    case abi::Kind::system:
    case abi::Kind::queue:
    case abi::Kind::dma_domain:
    case abi::Kind::timer: break;
    }
    return forget(kernel, object, left);
}

/// Capabilities to the object, and what else refers to it for as long as it likes.
bool Reclaimer::forget(Kernel& kernel, Object& object, u32& left) {
    constexpr u32 slice = 8;
    if (!kernel.revocations().remove_capabilities(object, slice)) return false;
    left -= std::min(left, u32{2});
    if (object.kind() == abi::Kind::endpoint) return static_cast<Endpoint&>(object).forget_referrers();
    if (object.kind() == abi::Kind::notification)
        return static_cast<Notification&>(object).forget_observers();
    return true;
}

bool Reclaimer::end_process(Kernel& kernel, Process& process, u32& left) {
    if (!process.ended) {
        kernel.end_process(process, {.kind = abi::ExitKind::killed});
        return false;
    }
    // Its threads refer to it, whoever paid for them, and who holds one of these could keep it for ever.
    for (; !process.members.empty(); left -= std::min(left, u32{1})) {
        if (left == 0) return false;
        Thread& thread = *process.members.front();
        const Ref<Thread> keep{thread};
        thread.begin_ending();
        if (!kernel.revocations().remove_capabilities(thread, left)) return false;
        thread.member_link.unlink();
    }
    return true;
}

} // namespace pith::kernel
