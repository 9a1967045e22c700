#pragma once

#include "kernel/kernel.h"
#include "kernel/memory/frame_pointer.h"
#include "kernel/object/endpoint.h"
#include "kernel/object/io_ports.h"
#include "kernel/object/reply.h"
#include "kernel/object/timer.h"

namespace pith::kernel {

/// Looks into the kernel's objects, for what checks their invariants. Changes nothing; the kernel itself
/// never uses it.
class Inspector {
  public:
    // Objects.
    [[nodiscard]] static u64 references(const Object& object) { return object.references_; }
    [[nodiscard]] static Budget* payer(const Object& object) { return object.payer_.get(); }
    template <class T>
    [[nodiscard]] static u64 objects_paid(const Budget& budget) {
        return budget.slabs_.template of<T>().size();
    }
    /// What has ended with the budget, but for references to it.
    [[nodiscard]] static const auto& ended_objects(const Budget& budget) { return budget.ended_objects_; }
    [[nodiscard]] static const auto& observers(const Notification& notification) {
        return notification.observers_;
    }
    [[nodiscard]] static Notification* notification(const Observer& observer) {
        return observer.notification_;
    }
    [[nodiscard]] static u64 bits(const Observer& observer) { return observer.bits_; }
    [[nodiscard]] static Notification* notification(const Interrupt& interrupt) {
        return notification(static_cast<const Observer&>(interrupt));
    }
    [[nodiscard]] static u64 bits(const Interrupt& interrupt) {
        return bits(static_cast<const Observer&>(interrupt));
    }
    [[nodiscard]] static u32 line(const Interrupt& interrupt) { return interrupt.line_; }
    /// All that an interrupt remembers of what came.
    [[nodiscard]] static u64 state(const Interrupt& interrupt) {
        return u64{interrupt.level_} | u64{interrupt.masked_} << 1 | u64{interrupt.unanswered_} << 2 |
               u64{interrupt.again_} << 3;
    }
    [[nodiscard]] static bool is_masked(const Interrupt& interrupt) { return interrupt.masked_; }

    // What devices reach.
    [[nodiscard]] static const auto& domains(const DmaDomains& domains) { return domains.all_; }
    [[nodiscard]] static bool is_attached(const DmaDomain& domain) { return domain.attached_; }
    [[nodiscard]] static const std::optional<DmaTable>& table(const DmaDomain& domain) {
        return domain.table_;
    }
    template <class Visit>
    static void each_mapping(const DmaDomain& domain, Visit visit) {
        for (const auto& bucket : domain.buckets_)
            for (const DmaMapping& mapping : bucket)
                visit(mapping);
    }
    [[nodiscard]] static u64 bits(const Notification& notification) { return notification.bits_; }
    [[nodiscard]] static u64 receive_rights(const Endpoint& endpoint) { return endpoint.receive_rights_; }
    [[nodiscard]] static Memory* buffer_memory(const Thread& thread) { return thread.buffer_memory_.get(); }
    [[nodiscard]] static VirtAddr buffer_address(const Thread& thread) { return thread.buffer_address_; }

    // Memory objects.
    [[nodiscard]] static bool is_anonymous(const Memory& memory) {
        return memory.kind_ == Memory::Kind::anonymous;
    }
    [[nodiscard]] static u64 filled(const Memory& memory) { return memory.filled_; }
    /// Frames that it holds: pages, and tables that find them.
    [[nodiscard]] static u64 frames(const Memory& memory) {
        u64 tables = memory.root_ ? 1 : 0;
        for (u64 i = 0; memory.root_ && i < Memory::per_table; ++i)
            tables += memory.root_[i] ? 1 : 0;
        return memory.filled_ + tables;
    }

    // Handle tables.
    [[nodiscard]] static u32 slots(const HandleTable& table) { return table.size_; }
    [[nodiscard]] static const Slot& slot(const HandleTable& table, u32 index) { return table.at(index); }
    [[nodiscard]] static u64 frames(const HandleTable& table) {
        return (table.is_prepared() ? 1 : 0) + table.size_ / HandleTable::slots_per_page;
    }
    /// `visit(index)` for each free slot, the next one to be used first.
    template <class Visit>
    static void each_free_slot(const HandleTable& table, Visit visit) {
        for (u32 index = table.free_; index != HandleTable::no_slot;
             index = static_cast<u32>(table.at(index).badge))
            visit(index);
    }

    /// A place that is no slot, but tells its page.
    [[nodiscard]] static bool is_head(u32 index) { return index % HandleTable::slots_per_page == 0; }

    // Badges, and who carries them.
    [[nodiscard]] static u64 carriers(const Badge& badge) { return badge.carriers_; }
    [[nodiscard]] static Budget* payer(const Badge& badge) { return badge.payer_.get(); }
    [[nodiscard]] static Endpoint* endpoint(const Badge& badge) { return badge.endpoint_.get(); }
    [[nodiscard]] static Badge* carried(const Reply& reply) { return reply.badge_.badge_; }
    [[nodiscard]] static Badge* carried(const Thread& thread) { return thread.use.badge_.badge_; }
    [[nodiscard]] static Badge* carried(const FaultHandler& handler) { return handler.record_.badge_; }
    [[nodiscard]] static Thread* next_user(const Thread& thread) { return thread.use.next_; }
    template <class Visit>
    static void each_gone(Endpoint& endpoint, Visit visit) {
        for (Badge* badge = endpoint.gone().first_; badge; badge = badge->next_)
            visit(*badge);
    }
    [[nodiscard]] static const auto& under_way(const Revocations& revocations) {
        return revocations.under_way_;
    }
    [[nodiscard]] static u32 debt(const Revocations& revocations) { return revocations.debt_; }
    /// Whose waits have ended, and who have not been told.
    [[nodiscard]] static const auto& ended(const Waits& waits) { return waits.ended_; }
    [[nodiscard]] static const auto& lending(const Kernel& kernel) { return kernel.lending_; }

    // Queues.
    [[nodiscard]] static HandleTable& handles(Queue& queue) { return queue.handles_; }
    [[nodiscard]] static const Observer& observer(const Queue& queue, abi::QueueEdge edge) {
        return queue.observers_[std::to_underlying(edge)];
    }
    [[nodiscard]] static u32 capacity(const Queue& queue) { return queue.capacity_; }
    [[nodiscard]] static u64 send_rights(const Queue& queue) { return queue.send_rights_; }
    [[nodiscard]] static u64 receive_rights(const Queue& queue) { return queue.receive_rights_; }
    [[nodiscard]] static u64 frames(const Queue& queue) {
        return frames(queue.handles_) + (queue.capacity_ + Queue::per_frame - 1) / Queue::per_frame;
    }
    /// `visit(words, handles)` for each message, the oldest first.
    template <class Visit>
    static void each_message(const Queue& queue, Visit visit) {
        for (u32 i = 0; i < queue.count_; ++i) {
            const auto& message = queue.at((queue.first_ + i) % queue.capacity_);
            visit(std::span{message.words}.first(message.word_count),
                  std::span{message.handles}.first(message.handle_count));
        }
    }
    [[nodiscard]] static const auto& queues(const Reclaimer& reclaimer) { return reclaimer.queues_; }
    [[nodiscard]] static const auto& awaited_queues(const Reclaimer& reclaimer) {
        return reclaimer.awaited_queues_;
    }

    // Address spaces.
    [[nodiscard]] static const auto& mappings(const AddressSpace& space) { return space.mappings_; }
    /// What tells a change that is under way from another one.
    template <class Visit>
    static void each_word_of_change(const AddressSpace& space, Visit visit) {
        const auto& change = space.change_;
        if (!space.busy()) return visit(0);
        for (const u64 word :
             {u64{std::to_underlying(change.kind)}, u64{std::to_underlying(change.error)},
              u64{change.access.raw}, change.next.raw, change.end.raw, u64{change.owner != nullptr}})
            visit(word);
    }
    [[nodiscard]] static bool has_owner(const AddressSpace& space) { return space.change_.owner != nullptr; }
    [[nodiscard]] static const PageTable& table(const AddressSpace& space) { return space.table_; }
    [[nodiscard]] static const PortTable& ports(const AddressSpace& space) { return space.ports_; }
    [[nodiscard]] static PageEntry shared(const PortTable& ports) {
        return ports.exists() ? ports.shared_ : TaskTables::entry_in(ports.access(), ports.root_);
    }
    /// The pages of its bitmap, where it has one.
    [[nodiscard]] static std::span<const u64> bitmap(const PortTable& ports, u32 page) {
        return {frame_as<u64>(ports.access(), ports.bitmap_[page]), page_size / sizeof(u64)};
    }

    // Frames that came free and are not ready to be used.
    /// `visit(demand, order)` for each block that is held back, the first one freed first.
    template <class Visit>
    static void each_held(const FrameAllocator& frames, Visit visit) {
        for (u32 at = frames.held_.first; at != FrameAllocator::none; at = frames.records_[at].next)
            visit(frames.records_[at].previous, frames.records_[at].order);
    }
    /// `visit(order)` for each block that was let go, the first one first.
    template <class Visit>
    static void each_returned(const FrameAllocator& frames, Visit visit) {
        for (u32 at = frames.returned_.first; at != FrameAllocator::none; at = frames.records_[at].next)
            visit(frames.records_[at].order);
    }
    [[nodiscard]] static u32 holding(const FrameAllocator& frames) { return frames.holding_; }

    // The scheduler.
    [[nodiscard]] static bool is_unsettled(const Kernel& kernel) { return kernel.unsettled_; }
    [[nodiscard]] static bool is_watched(Kernel& kernel) {
        return kernel.watched_ == kernel.waits().next_deadline();
    }
    [[nodiscard]] static const WaitList& waiters(const Summons& summons) { return summons.waiters_; }
    [[nodiscard]] static u32 last_demand(const Summons& summons) { return summons.last_; }
    [[nodiscard]] static Object& owner(Alarm& alarm) {
        if (alarm.owner == Alarm::Owner::thread) return static_cast<Thread&>(alarm);
        return static_cast<Timer&>(alarm);
    }
    [[nodiscard]] static const Observer& observer(const Timer& timer) { return timer.observer_; }
    [[nodiscard]] static u64 caller_gone(const Endpoint& endpoint) { return endpoint.caller_gone_; }
    [[nodiscard]] static const auto& levels(const CallerQueue& queue) { return queue.levels_; }
    [[nodiscard]] static Memory* clock_page(const Kernel& kernel) { return kernel.clock_page_.get(); }
    [[nodiscard]] static const auto& processes(const Reclaimer& reclaimer) { return reclaimer.processes_; }
    [[nodiscard]] static const auto& closing(const Reclaimer& reclaimer) { return reclaimer.closing_; }
    [[nodiscard]] static const auto& ending(const Reclaimer& reclaimer) { return reclaimer.ending_; }
    [[nodiscard]] static const auto& budgets(const Reclaimer& reclaimer) { return reclaimer.budgets_; }
    [[nodiscard]] static const auto& stopping(const Reclaimer& reclaimer) { return reclaimer.stopping_; }
    [[nodiscard]] static const auto& endpoints(const Reclaimer& reclaimer) { return reclaimer.endpoints_; }
    [[nodiscard]] static const auto& notifications(const Reclaimer& reclaimer) {
        return reclaimer.notifications_;
    }
    /// `visit(object)` for what ends later; nobody refers to these.
    template <class Visit>
    static void each_deferred(const Endings& endings, Visit visit) {
        for (Object* object = endings.deferred_; object; object = object->next_ending_)
            visit(*object);
    }
    [[nodiscard]] static const auto& changes(const Reclaimer& reclaimer) { return reclaimer.changes_; }
    [[nodiscard]] static const auto& memories(const Reclaimer& reclaimer) { return reclaimer.memories_; }
    [[nodiscard]] static const auto& domains(const Reclaimer& reclaimer) { return reclaimer.domains_; }
    [[nodiscard]] static const WaitList& queue(const RunQueue& queue, u32 priority) {
        return queue.queues_[priority];
    }
    [[nodiscard]] static u64 occupied(const RunQueue& queue) { return queue.occupied_; }
    [[nodiscard]] static const RunQueue& shared(const ReadyThreads& ready) { return ready.shared_; }
    [[nodiscard]] static u64 pinned(const ReadyThreads& ready) { return ready.pinned_; }
    [[nodiscard]] static const auto& cores(const Kernel& kernel) { return kernel.cores_; }
    [[nodiscard]] static bool reclaims(const Kernel& kernel, const Core& core) {
        return kernel.reclaiming_ == &core;
    }
    [[nodiscard]] static Interrupt* line_owner(const InterruptLines& lines, u32 line) {
        return lines.lines_[line];
    }
};

} // namespace pith::kernel
