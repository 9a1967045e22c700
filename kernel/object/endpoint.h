#pragma once

#include "abi/rights.h"
#include "kernel/object/badge.h"
#include "kernel/object/caller_queue.h"
#include "kernel/object/fault_handler.h"
#include "kernel/object/notification.h"
#include "kernel/object/thread.h"

namespace pith::kernel {

/// Where callers and receivers meet. Ends with the last receive right: every caller then gets `closed`.
class Endpoint final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::endpoint;
    explicit Endpoint(Budget& payer) : Object{object_kind, payer} {}
    ~Endpoint();

    /// Threads that wait for a message; the one that came last is served first, its cache is warm.
    [[nodiscard]] WaitList& receivers() { return receivers_; }
    /// By priority, behind those of the same.
    void enqueue_caller(Thread& thread);
    /// Threads whose message waits, by priority, then arrival.
    [[nodiscard]] CallerQueue& callers() { return callers_; }

    [[nodiscard]] bool closed() const { return closed_; }
    void receive_right_added() { ++receive_rights_; }
    void receive_right_removed();
    /// Nobody calls it or receives from it any more.
    void close();
    /// Tells a few of those who still wait at a closed one. True when nobody is left.
    [[nodiscard]] bool drain();
    /// It ends before its last reference: gives up a few of those that refer to it. True when none are left.
    [[nodiscard]] bool forget_referrers();
    /// The highest priority that somebody waits with.
    [[nodiscard]] int urgency() const;

    [[nodiscard]] Notification* bound() const { return bound_; }
    /// `caller_gone` are bits to signal when a call that was received ends early.
    void set_bound(Notification* notification, u64 caller_gone) {
        bound_ = notification;
        caller_gone_ = caller_gone;
    }
    /// A call that was received ended early.
    void caller_left();
    [[nodiscard]] bool has_bits() const { return bound_ && bound_->has_bits(); }
    /// Badges whose last carrier is gone. Empty while somebody waits to receive.
    [[nodiscard]] GoneQueue& gone() { return gone_; }
    /// Whether a receive may find something at once: set with every arrival, cleared when a receive found
    /// nothing. One word for all that the fast path has to know.
    [[nodiscard]] bool may_have_arrivals() const { return arrivals_ != 0; }
    /// 0: it has none.
    [[nodiscard]] const u32& arrivals() const { return arrivals_; }
    void note_arrival() { arrivals_ = 1; }
    void note_nothing_there() { arrivals_ = 0; }
    /// A badge came into `gone`: a receiver that waits gets it.
    void gone_arrived();

    List<Badge, &Badge::endpoint_link> badges;              ///< that somebody carries, each with a reference
    List<FaultHandler, &FaultHandler::link> fault_handlers; ///< that name it, each with a reference
    ListLink reclaim_link;                                  ///< those that many wait at, while they are told

  private:
    friend class Inspector;
    u32 arrivals_ = 0; // a word, as what is unusual about a thread is
    WaitList receivers_;
    CallerQueue callers_;
    Notification* bound_ = nullptr; // either end unbinds when it goes
    u64 caller_gone_ = 0;
    GoneQueue gone_;
    u64 receive_rights_ = 0;
    bool closed_ = false;
};

inline Endpoint* FaultHandler::endpoint() const { return endpoint_.get(); }

} // namespace pith::kernel
