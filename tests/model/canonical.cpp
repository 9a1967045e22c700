#include "tests/model/canonical.h"

namespace pith::model {

namespace {

/// Mixes words, in order, into one number.
class Digest {
  public:
    void add(u64 word) {
        const auto product = static_cast<unsigned __int128>(state_ ^ word ^ 0x9e37'79b9'7f4a'7c15) *
                             (0xd6e8'feb8'6659'fd93 ^ (word << 1 | 1) ^ (word >> 32 << 40));
        state_ = static_cast<u64>(product) ^ static_cast<u64>(product >> 64) ^ (state_ << 23 | state_ >> 41);
    }
    void add_all(std::initializer_list<u64> words) {
        for (const u64 word : words)
            add(word);
    }
    [[nodiscard]] u64 value() const { return state_; }

  private:
    u64 state_ = 0x2545'f491'4f6c'dd1d;
};

class Writer {
  public:
    Writer(const Census& census, Kernel& kernel, Machine& machine)
        : census_{census}, kernel_{kernel}, machine_{machine} {}

    u64 write(bool polling) {
        for (const Census::Entry& entry : census_.entries()) {
            digest_.add(std::to_underlying(entry.object->kind()));
            reference(Inspector::payer(*entry.object));
            object(*entry.object);
        }
        scheduler(polling);
        return digest_.value();
    }

  private:
    void reference(const Object* object) { digest_.add(census_.number(object)); }
    template <class L>
    void list(const L& objects) {
        for (const auto& object : objects)
            reference(&object);
        end();
    }
    void end() { digest_.add(~u64{1}); }
    void observer(const Observer& observer) {
        reference(Inspector::notification(observer));
        if (Inspector::notification(observer)) digest_.add(Inspector::bits(observer));
    }

    void object(Object& object) {
        switch (object.kind()) {
        case abi::Kind::none:
        case abi::Kind::system: return;
        case abi::Kind::budget: return budget(static_cast<Budget&>(object));
        case abi::Kind::process: return process(static_cast<Process&>(object));
        case abi::Kind::thread: return thread(static_cast<Thread&>(object));
        case abi::Kind::endpoint: {
            auto& endpoint = static_cast<Endpoint&>(object);
            list(endpoint.receivers());
            list(endpoint.callers());
            reference(endpoint.bound());
            digest_.add(Inspector::caller_gone(endpoint));
            Inspector::each_gone(endpoint, [&](const Badge& badge) { digest_.add(badge.number()); });
            end();
            return digest_.add(endpoint.closed());
        }
        case abi::Kind::reply:
            digest_.add(census_.number(Inspector::carried(static_cast<Reply&>(object))));
            return reference(static_cast<Reply&>(object).caller());
        case abi::Kind::notification: {
            auto& notification = static_cast<Notification&>(object);
            list(notification.waiters());
            reference(notification.endpoint());
            return digest_.add(Inspector::bits(notification));
        }
        case abi::Kind::memory: {
            const auto& memory = static_cast<Memory&>(object);
            return digest_.add_all({memory.size().raw, memory.is_device(), Inspector::filled(memory),
                                    memory.sealed, memory.pinned, memory.ended,
                                    std::to_underlying(memory.cache())});
        }
        case abi::Kind::interrupt: {
            const auto& interrupt = static_cast<Interrupt&>(object);
            const u32 line = Inspector::line(interrupt);
            reference(Inspector::notification(interrupt));
            return digest_.add_all({line, Inspector::bits(interrupt), Inspector::state(interrupt)});
        }
        case abi::Kind::dma_domain: {
            const auto& domain = static_cast<DmaDomain&>(object);
            digest_.add_all({domain.device(), domain.in_quarantine(), domain.translates()});
            Inspector::each_mapping(domain, [&](const DmaMapping& mapping) {
                reference(mapping.memory.get());
                digest_.add_all(
                    {mapping.offset, mapping.count, mapping.slot, domain.translates() ? mapping.address : 0});
            });
            return end();
        }
        case abi::Kind::timer: return observer(Inspector::observer(static_cast<Timer&>(object)));
        case abi::Kind::queue: return queue(static_cast<Queue&>(object));
        case abi::Kind::io_ports: {
            const auto& ports = static_cast<IoPorts&>(object);
            return digest_.add_all({ports.first, ports.count});
        }
        }
    }
    void budget(Budget& budget) {
        const Account& account = budget.account();
        digest_.add(account.limit().raw);
        // What is left of a large one makes no difference.
        constexpr u64 plenty = 40;
        if (account.available().raw < plenty) digest_.add(account.available().raw);
        digest_.add_all({account.closed(), account.watched_below().raw, budget.ending()});
        observer(budget.account().observer);
        if (budget.closed()) list(budget.objects()); // they end in this order
    }
    void process(Process& process) {
        digest_.add_all({process.ended, std::to_underlying(process.reason.kind)});
        ports(Inspector::ports(process.space()));
        list(process.threads);
        list(process.embryos);
        observer(process.observer);
        const FaultHandler& handler = process.fault_handler;
        reference(handler.endpoint());
        digest_.add_all({handler.badge(), census_.number(Inspector::carried(handler)), handler.foreign});
        handles(process.handles());
        Inspector::each_word_of_change(process.space(), [&](u64 word) { digest_.add(word); });
        for (const Mapping& mapping : Inspector::mappings(process.space())) {
            reference(mapping.memory.get());
            digest_.add_all({mapping.range.start.raw, mapping.range.count.raw, mapping.offset.raw,
                             mapping.view.allowed.raw, mapping.access().raw, mapping.view.guarded,
                             mapping.lost.raw});
        }
        end();
    }
    void ports(const PortTable& ports) {
        if (!ports.exists()) return;
        for (const u32 page : {0u, 1u})
            for (const u64& word : Inspector::bitmap(ports, page))
                if (word != ~u64{0})
                    digest_.add_all({static_cast<u64>(&word - Inspector::bitmap(ports, page).data()), word});
        end();
    }
    void queue(Queue& queue) {
        handles(Inspector::handles(queue));
        list(queue.receivers());
        observer(queue.on(abi::QueueEdge::not_empty));
        observer(queue.on(abi::QueueEdge::not_full));
        digest_.add_all({Inspector::capacity(queue), queue.closed(), queue.has_senders()});
        Inspector::each_message(queue, [&](auto words, auto names) {
            digest_.add_all({words.size(), names.size()});
            for (const abi::Handle name : names)
                digest_.add(census_.number(Inspector::handles(queue).find(name)));
        });
        end();
    }
    void handles(HandleTable& table) {
        u32 left = table.handles_in_use();
        for (u32 index = 0; left > 0 && index < Inspector::slots(table); ++index) {
            const Slot& slot = Inspector::slot(table, index);
            if (!slot.object) continue;
            --left;
            reference(slot.object);
            digest_.add_all({slot.rights().raw, slot.badge, census_.number(slot.record)});
            children(slot.children);
            for (const Thread* user = slot.users; user; user = Inspector::next_user(*user))
                digest_.add_all({census_.number(user), user->use.handle.generation() == slot.generation()});
            end();
        }
        end();
    }
    void children(const Children& list) {
        for (const Slot* slot = list.first; slot;
             slot = slot->next.is_last() ? nullptr : slot->next.sibling())
            digest_.add(census_.number(slot));
        end();
    }
    /// A slot that a thread remembers by its handle.
    void named(Thread& thread, abi::Handle handle) {
        digest_.add(census_.number(thread.process().handles().find(handle)));
    }
    void thread(Thread& thread) {
        reference(&thread.process());
        digest_.add(std::to_underlying(thread.state));
        if (thread.state == ThreadState::ended) return;
        reference(Inspector::buffer_memory(thread));
        reference(thread.caller);
        reference(thread.server());
        reference(thread.reply);
        reference(thread.work.get());
        reference(thread.budget_to_end.get());
        digest_.add(census_.number(Inspector::carried(thread)));
        reference(thread.mapping.process.get());
        digest_.add(thread.recovery.raw);
        digest_.add_all({thread.mapping.is_own, thread.mapping.result.has_value(), thread.awaits_memory,
                         thread.repeats, thread.told_to_end});
        digest_.add(bool{thread.revoking});
        if (thread.revoking) named(thread, thread.revoking);
        digest_.add(thread.home ? thread.home->index + u64{1} : 0);
        if (thread.state == ThreadState::synchronizing) return digest_.add(thread.demand);
        // Who has been received waits through no capability any more, but its badge and its endpoint are
        // known by it.
        if (thread.is_blocked()) named(thread, thread.use.handle);
        observer(thread.observer);
        digest_.add_all({thread.unusual, thread.base_priority, thread.priority, thread.reserved_count,
                         thread.accepted_count});
        const bool held_up = (thread.unusual & (unusual::faulted | unusual::native_call)) != 0;
        if (held_up)
            fault(thread);
        else if (thread.state == ThreadState::calling || thread.state == ThreadState::sending)
            message(thread);
    }
    /// What its handler may let go on.
    void fault(Thread& thread) {
        const Registers& registers = thread.context.registers;
        digest_.add_all({registers.vector, thread.badge});
        if (registers.vector != abi::fault::system_call) return;
        digest_.add(registers.rax);
        for (const u64 argument : registers.arguments())
            digest_.add(argument);
    }
    /// What a thread that queues will send.
    void message(Thread& thread) {
        const abi::MessageTag tag = thread.context.registers.tag();
        digest_.add_all({tag.raw, thread.badge, thread.queued_priority});
        for (u32 i = 0; i < tag.handles(); ++i) {
            const Slot* slot = thread.process().handles().find(thread.buffer->handles[i]);
            reference(slot ? slot->object : nullptr);
            if (slot) digest_.add_all({slot->rights().raw, slot->badge});
        }
    }
    void scheduler(bool polling) {
        digest_.add(polling);
        digest_.add(kernel_.tracing());
        run_queue(Inspector::shared(kernel_.ready()));
        for (u32 i = 0; i < kernel_.core_count(); ++i)
            core(kernel_.core(i));
        if (kernel_.core_count() > 1) marks();
        list(Inspector::waiters(kernel_.summons()));
        list(Inspector::stopping(kernel_.reclaimer()));
        list(Inspector::closing(kernel_.reclaimer()));
        list(Inspector::endpoints(kernel_.reclaimer()));
        list(Inspector::notifications(kernel_.reclaimer()));
        list(Inspector::budgets(kernel_.reclaimer()));
        Inspector::each_deferred(kernel_.endings(), [&](const Object& object) { reference(&object); });
        end();
        digest_.add(static_cast<u64>(kernel_.reclaimer().urgency()));
        list(Inspector::changes(kernel_.reclaimer()));
        list(Inspector::ending(kernel_.reclaimer()));
        list(Inspector::processes(kernel_.reclaimer()));
        list(Inspector::memories(kernel_.reclaimer()));
        list(Inspector::queues(kernel_.reclaimer()));
        list(Inspector::awaited_queues(kernel_.reclaimer()));
        list(Inspector::domains(kernel_.reclaimer()));
        list(Inspector::under_way(kernel_.revocations()));
        digest_.add(Inspector::debt(kernel_.revocations()));
        list(Inspector::ended(kernel_.waits()));
        list(Inspector::lending(kernel_));
        frames();
    }
    /// By these `leave` decides whether there is more to look at: on several cores that can set a timer anew.
    /// On one it cannot, and the fast path leaves them as they are.
    void marks() {
        digest_.add_all({Inspector::is_watched(kernel_), Inspector::is_unsettled(kernel_),
                         Inspector::last_demand(kernel_.summons())});
    }
    /// What came free and is not ready to be used: `leave` finds that there is work, and an allocation that
    /// it has less than there is.
    void frames() {
        const FrameAllocator& frames = kernel_.frames();
        digest_.add(Inspector::holding(frames));
        Inspector::each_held(frames, [&](u32 demand, u8 order) { digest_.add_all({demand, order}); });
        end();
        Inspector::each_returned(frames, [&](u8 order) { digest_.add(order); });
        end();
    }

    void run_queue(const RunQueue& queue) {
        u64 occupied = Inspector::occupied(queue);
        digest_.add(occupied);
        for (; occupied != 0; occupied &= occupied - 1)
            list(Inspector::queue(queue, static_cast<u32>(std::countr_zero(occupied))));
    }

    void core(const Core& core) {
        reference(core.current);
        run_queue(core.pinned);
        digest_.add(core.pinned_had_turn);
        // Points in time: those that have come, then the others in their order, the end of the slice among
        // them.
        u64 before_slice = 0, come = 0;
        for (Alarm& alarm : kernel_.waits().alarms()) {
            reference(&Inspector::owner(alarm));
            come += alarm.deadline <= machine_.time ? 1 : 0;
            before_slice += alarm.deadline <= core.slice_end ? 1 : 0;
        }
        digest_.add_all({come, before_slice, core.slice_end.is_never(), core.slice_end <= machine_.time,
                         core.armed.is_never(), core.armed == core.slice_end});
        if (kernel_.core_count() == 1) return;
        digest_.add_all({core.local.polling, core.local.interrupted, core.summoned, core.shall_flush,
                         core.oldest_demand, Inspector::reclaims(kernel_, core)});
        for (u32 i = 0; i < core.local.known_count; ++i)
            digest_.add(core.local.known[i].page.raw);
        end();
    }

    const Census& census_;
    Kernel& kernel_;
    Machine& machine_;
    Digest digest_;
};

} // namespace

u64 canonical_form(const Census& census, Kernel& kernel, Machine& machine, bool polling) {
    return Writer{census, kernel, machine}.write(polling);
}

} // namespace pith::model
