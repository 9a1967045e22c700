#include "tests/model/census.h"

#include <algorithm>

namespace pith::model {

u32 Census::place_of(const Object& object) const {
    const u64 address = std::bit_cast<u64>(&object);
    return static_cast<u32>((address >> 3) * 0x9e37'79b9'7f4a'7c15 >> shift_);
}

u32 Census::number(const Object* object) const {
    if (!object) return none;
    for (u32 i = place_of(*object);; i = (i + 1) & (table_.size() - 1)) {
        const Place& place = table_[i];
        if (place.round != round_) return none;
        if (place.object == object) return place.number;
    }
}

u32 Census::meet(Object* object) {
    if (!object) return none;
    u32 i = place_of(*object);
    for (; table_[i].round == round_; i = (i + 1) & (table_.size() - 1))
        if (table_[i].object == object) return table_[i].number;
    require(entries_.size() < table_.size() / 2, "more objects than a census has room for");
    const auto number = static_cast<u32>(entries_.size());
    table_[i] = {object, number, round_};
    entries_.push_back({object, 0});
    return number;
}

u32 Census::number(const Badge* badge) const {
    const auto found = std::ranges::find(badges_, badge, &Carried::badge);
    return found == badges_.end() ? none : static_cast<u32>(found - badges_.begin());
}

u32 Census::number(const Slot* slot) const {
    const auto found = std::ranges::find(slots_, slot);
    return found == slots_.end() ? none : static_cast<u32>(found - slots_.begin());
}

void Census::meet_badge(Badge* badge, u64 carriers) {
    if (!badge) return;
    const u32 known = number(badge);
    if (known != none) {
        badges_[known].carriers += carriers;
        return;
    }
    badges_.push_back({badge, carriers});
    own(Inspector::payer(*badge));
    own(Inspector::endpoint(*badge));
}

void Census::take(Kernel& kernel) {
    entries_.clear();
    badges_.clear();
    slots_.clear();
    ++round_;
    own(&kernel.root_budget()); // the kernel's own
    own(&kernel.root_budget()); // and the one that it starts with
    own(Inspector::clock_page(kernel));
    for (Alarm& alarm : kernel.waits().alarms())
        borrow(&Inspector::owner(alarm));
    for (Process& process : kernel.processes())
        borrow(&process);
    for (Process& process : Inspector::processes(kernel.reclaimer()))
        own(&process);
    for (Process& process : Inspector::closing(kernel.reclaimer()))
        own(&process);
    for (Process& process : Inspector::changes(kernel.reclaimer()))
        own(&process);
    for (Process& process : Inspector::stopping(kernel.reclaimer()))
        own(&process);
    for (Endpoint& endpoint : Inspector::endpoints(kernel.reclaimer()))
        own(&endpoint);
    for (Notification& notification : Inspector::notifications(kernel.reclaimer()))
        own(&notification);
    for (Budget& budget : Inspector::budgets(kernel.reclaimer()))
        own(&budget);
    Inspector::each_deferred(kernel.endings(), [&](Object& object) { borrow(&object); });
    for (Memory& memory : Inspector::memories(kernel.reclaimer()))
        own(&memory);
    for (Queue& queue : Inspector::queues(kernel.reclaimer()))
        own(&queue);
    for (Queue& queue : Inspector::awaited_queues(kernel.reclaimer()))
        own(&queue);
    for (DmaDomain& domain : Inspector::domains(kernel.reclaimer()))
        own(&domain);
    for (DmaDomain& domain : Inspector::domains(kernel.dma_domains()))
        domain.in_quarantine() ? own(&domain) : borrow(&domain);
    for (u32 line = 0; line < InterruptLines::count; ++line)
        borrow(Inspector::line_owner(kernel.interrupts(), line));
    for (std::size_t i = 0; i < entries_.size(); ++i)
        follow(*entries_[i].object);
}

void Census::follow(Object& object) {
    own(Inspector::payer(object));
    switch (object.kind()) {
    case abi::Kind::process: return follow_process(static_cast<Process&>(object));
    case abi::Kind::thread: return follow_thread(static_cast<Thread&>(object));
    case abi::Kind::endpoint: {
        auto& endpoint = static_cast<Endpoint&>(object);
        for (Thread& thread : endpoint.receivers())
            borrow(&thread);
        for (Thread& thread : endpoint.callers())
            borrow(&thread);
        Inspector::each_gone(endpoint, [&](Badge& badge) { meet_badge(&badge, 0); });
        return borrow(endpoint.bound());
    }
    case abi::Kind::notification: {
        auto& notification = static_cast<Notification&>(object);
        for (Thread& thread : notification.waiters())
            borrow(&thread);
        return borrow(notification.endpoint());
    }
    case abi::Kind::reply:
        meet_badge(Inspector::carried(static_cast<Reply&>(object)), 1);
        return borrow(static_cast<Reply&>(object).caller());
    case abi::Kind::interrupt: return own(Inspector::notification(static_cast<Interrupt&>(object)));
    case abi::Kind::timer:
        return own(Inspector::notification(Inspector::observer(static_cast<Timer&>(object))));
    case abi::Kind::queue: return follow_queue(static_cast<Queue&>(object));
    case abi::Kind::dma_domain:
        return Inspector::each_mapping(static_cast<DmaDomain&>(object),
                                       [&](const DmaMapping& mapping) { own(mapping.memory.get()); });
    case abi::Kind::budget:
        return borrow(Inspector::notification(static_cast<Budget&>(object).account().observer));
    case abi::Kind::none:
    case abi::Kind::memory:
    case abi::Kind::io_ports:
    case abi::Kind::system: return;
    }
}

void Census::follow_handles(HandleTable& table) {
    u32 left = table.handles_in_use();
    for (u32 index = 0; left > 0 && index < Inspector::slots(table); ++index) {
        const Slot& slot = Inspector::slot(table, index);
        if (!slot.object) continue;
        own(slot.object);
        meet_badge(slot.record, 1);
        slots_.push_back(&slot);
        --left;
    }
}

void Census::follow_queue(Queue& queue) {
    follow_handles(Inspector::handles(queue));
    for (Thread& thread : queue.receivers())
        borrow(&thread);
    for (const auto edge : {abi::QueueEdge::not_empty, abi::QueueEdge::not_full})
        own(Inspector::notification(queue.on(edge)));
}

void Census::follow_process(Process& process) {
    follow_handles(process.handles());
    for (Thread& thread : process.threads)
        own(&thread); // its `self`
    own(Inspector::notification(process.observer));
    own(process.fault_handler.endpoint());
    meet_badge(Inspector::carried(process.fault_handler), 1);
    for (Mapping& mapping : Inspector::mappings(process.space()))
        own(mapping.memory.get());
}

void Census::follow_thread(Thread& thread) {
    own(&thread.process());
    own(Inspector::buffer_memory(thread));
    own(thread.work.get());
    own(thread.budget_to_end.get());
    own(thread.mapping.process.get());
    meet_badge(Inspector::carried(thread), 1);
    own(Inspector::notification(thread.observer));
    borrow(thread.caller);
    borrow(thread.server());
    borrow(thread.reply);
}

} // namespace pith::model
