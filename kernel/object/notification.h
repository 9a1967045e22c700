#pragma once

#include "base/list.h"
#include "base/result.h"
#include "kernel/object/object.h"
#include "kernel/object/observer.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

class Endpoint;

/// A word of bits to signal and wait for. May be bound to an endpoint, so that a server has one waiting
/// point.
class Notification final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::notification;
    explicit Notification(Budget& payer) : Object{object_kind, payer} {}
    ~Notification();

    /// Sets bits and hands them to a thread that waits, if there is one.
    void signal(u64 bits);
    /// Takes all bits.
    [[nodiscard]] u64 take() { return std::exchange(bits_, 0); }
    [[nodiscard]] bool has_bits() const { return bits_ != 0; }

    [[nodiscard]] WaitList& waiters() { return waiters_; }
    /// Who tells of something by it.
    [[nodiscard]] List<Observer, &Observer::link>& observers() { return observers_; }
    /// Ends a few of the waits, with `closed`. True when nobody waits any more.
    [[nodiscard]] bool send_away();
    [[nodiscard]] int urgency() const { return highest_priority(waiters_); }
    /// Some of those who tell of something by it do so no more. True when nobody is left. The caller holds a
    /// reference, or there is none any more.
    [[nodiscard]] bool forget_observers();

    ListLink reclaim_link; ///< those that many waited for, while they are told

    /// In place of what was bound to the endpoint before. `exists` if this one is bound already.
    [[nodiscard]] Result<> bind(Endpoint& endpoint, u64 caller_gone);
    void unbind();
    [[nodiscard]] Endpoint* endpoint() const { return endpoint_; }

  private:
    friend class Inspector;
    u64 bits_ = 0;
    WaitList waiters_;
    List<Observer, &Observer::link> observers_; // each with a reference, but budgets'
    Endpoint* endpoint_ = nullptr;              // either end unbinds when it goes
};

inline Notification& Observer::notification() const { return *notification_; }

} // namespace pith::kernel
