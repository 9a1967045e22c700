#pragma once

#include "os/handle.h"

namespace pith::os {

class Notification;

/// What pays. A Budget without a handle stands for the one that the process was made with.
class Budget : public Typed<Budget, abi::Kind::budget> {
  public:
    using Typed::Typed;
    [[nodiscard]] Result<Budget> split(PageCount frames) const {
        return Budget{TRY(invoke(abi::BudgetCreate{id(), frames})).handle};
    }
    /// Ends all memory that it paid for, whoever holds it.
    [[nodiscard]] Result<> reclaim() const { return invoke(abi::BudgetReclaim{id()}); }
    [[nodiscard]] Result<abi::BudgetInfo::Reply> info() const { return invoke(abi::BudgetInfo{id()}); }
    /// Another limit; the frames come from its parent, or go there.
    [[nodiscard]] Result<> resize(const Budget& parent, PageCount frames) const {
        return invoke(abi::BudgetResize{parent.id(), id(), frames});
    }
    /// Ends everything that it paid for, and itself; how many frames follow later.
    [[nodiscard]] Result<PageCount> end() const { return TRY(invoke(abi::BudgetEnd{id()})).kept; }
    /// Signals bits, once, when less than `below` is to be had.
    [[nodiscard]] Result<> observe(const Typed<Notification, abi::Kind::notification>& notification, u64 bits,
                                   PageCount below) const {
        return invoke(abi::BudgetObserve{id(), notification.id(), bits, below});
    }
};

class Notification : public Typed<Notification, abi::Kind::notification> {
  public:
    using Typed::Typed;
    [[nodiscard]] static Result<Notification> create(const Budget& budget = {}) {
        return Notification{TRY(invoke(abi::NotificationCreate{budget.id()})).handle};
    }
    [[nodiscard]] Result<> signal(u64 bits) const { return invoke(abi::NotificationSignal{id(), bits}); }
    /// Takes the bits that are set; waits while there are none.
    [[nodiscard]] Result<u64> wait(Instant deadline = Instant::never()) const {
        return TRY(invoke(abi::NotificationWait{id(), deadline})).bits;
    }
};

class Endpoint : public Typed<Endpoint, abi::Kind::endpoint> {
  public:
    using Typed::Typed;
    [[nodiscard]] static Result<Endpoint> create(const Budget& budget = {}) {
        return Endpoint{TRY(invoke(abi::EndpointCreate{budget.id()})).handle};
    }
    [[nodiscard]] Result<Endpoint> mint(u64 badge, abi::Rights rights) const {
        return Endpoint{TRY(invoke(abi::HandleMint{id(), rights.raw, badge})).handle};
    }
    /// Who receives on the endpoint is also woken by the notification.
    /// `caller_gone` are bits to signal when a call that was received ends before it was answered.
    [[nodiscard]] Result<> bind(const Notification& notification, u64 caller_gone = 0) const {
        return invoke(abi::NotificationBind{notification.id(), id(), caller_gone});
    }
};

/// The right to answer one call, once.
class ReplyRight : public Typed<ReplyRight, abi::Kind::reply> {
  public:
    using Typed::Typed;
    /// Of the caller whose message was received last.
    [[nodiscard]] static Result<ReplyRight> keep(const Budget& budget = {}) {
        return ReplyRight{TRY(invoke(abi::KeepReply{budget.id()})).handle};
    }
};

class Memory : public Typed<Memory, abi::Kind::memory> {
  public:
    using Typed::Typed;
    [[nodiscard]] static Result<Memory> create(PageCount size, const Budget& budget = {}) {
        return Memory{TRY(invoke(abi::MemoryCreate{budget.id(), size})).handle};
    }
    [[nodiscard]] Result<PageCount> size() const { return TRY(invoke(abi::MemoryInfo{id()})).size; }
    /// A part of it, to hand on.
    [[nodiscard]] Result<Memory> slice(PageCount offset, PageCount count, abi::Rights rights) const {
        return Memory{TRY(invoke(abi::MemorySlice{id(), offset, count, rights.raw})).handle};
    }
    /// Nobody will write to it any more.
    [[nodiscard]] Result<> seal() const { return invoke(abi::MemorySeal{id()}); }
};

class Thread : public Typed<Thread, abi::Kind::thread> {
  public:
    using Typed::Typed;
    [[nodiscard]] Result<> start(VirtAddr entry, VirtAddr stack, u64 argument) const {
        return invoke(abi::ThreadStart{id(), entry, stack, argument});
    }
    /// From now on it runs on that core only, or (abi::any_core) on any.
    [[nodiscard]] Result<> set_core(u64 core) const { return invoke(abi::ThreadSetCore{id(), core}); }
};

class Process : public Typed<Process, abi::Kind::process> {
  public:
    using Typed::Typed;
    [[nodiscard]] Result<> map(const Memory& memory, VirtAddr at, PageCount count, abi::Rights access) const {
        return invoke(abi::MemoryMap{id(), memory.id(), at, {}, count, access.raw});
    }
    /// The same, so that touching what has gone is an error of guarded_copy (os/guarded.h) and no fault.
    [[nodiscard]] Result<> map_guarded(const Memory& memory, VirtAddr at, PageCount count,
                                       abi::Rights access) const {
        return invoke(abi::MemoryMap{id(), memory.id(), at, {}, count, access.raw | abi::map_guarded});
    }
    [[nodiscard]] Result<> unmap(VirtAddr at, PageCount count) const {
        return invoke(abi::MemoryUnmap{id(), at, count});
    }
    /// Copies a handle into this process's table; the number is one of that table.
    [[nodiscard]] Result<abi::Handle> give(const Handle& handle, abi::Rights rights) const {
        return TRY(invoke(abi::HandleCopy{handle.id(), rights.raw, id()})).handle;
    }
    [[nodiscard]] Result<Thread> create_thread(VirtAddr buffer, u64 priority,
                                               const Budget& budget = {}) const {
        return Thread{TRY(invoke(abi::ThreadCreate{id(), buffer, priority, budget.id()})).handle};
    }
    [[nodiscard]] Result<> observe(const Notification& notification, u64 bits) const {
        return invoke(abi::ProcessObserve{id(), notification.id(), bits});
    }
    [[nodiscard]] Result<abi::ProcessStatus::Reply> status() const {
        return invoke(abi::ProcessStatus{id()});
    }
    [[nodiscard]] Result<> kill() const { return invoke(abi::ProcessKill{id()}); }
    /// Whether it is the one that `ps` shows with this number.
    [[nodiscard]] bool is(u64 identity) const {
        const auto info = invoke(abi::HandleInfo{id()});
        return info && info->badge == identity;
    }
};

class Interrupt : public Typed<Interrupt, abi::Kind::interrupt> {
  public:
    using Typed::Typed;
    [[nodiscard]] Result<> bind(const Notification& notification, u64 bits) const {
        return invoke(abi::InterruptBind{id(), notification.id(), bits});
    }
    [[nodiscard]] Result<> acknowledge() const { return invoke(abi::InterruptAcknowledge{id()}); }
};

} // namespace pith::os
