#pragma once

#include "base/panic.h"
#include "kernel/object/object.h"

#include <utility>

namespace pith::kernel {

class Endpoint;

/// The record of a badge that was minted: counts who carries it (slots, queued calls, kept replies). When the
/// last is gone it is itself the message that tells the endpoint, so that news cannot fail or be lost. Paid
/// by the budget of the process that minted.
class Badge {
  public:
    Badge(Budget& payer, Endpoint& endpoint, u64 number);
    ~Badge();
    Badge(const Badge&) = delete;

    [[nodiscard]] u64 number() const { return number_; }
    /// The endpoint ends before its last reference: nobody will hear of it.
    void forget_endpoint();

    ListLink endpoint_link; ///< the endpoint's, while somebody carries it

  private:
    friend class Inspector;
    friend class BadgeRef;
    friend class GoneQueue;
    static void destroy(Badge& badge);
    static void last_carrier_gone(Badge& badge);

    u64 number_;
    u64 carriers_ = 0;
    Ref<Budget> payer_;
    Ref<Endpoint> endpoint_; // while somebody carries it
    Badge* next_ = nullptr;  // in the endpoint's queue
};

/// One that carries a badge, or none.
class BadgeRef {
  public:
    BadgeRef() = default;
    explicit BadgeRef(Badge* badge) : badge_{badge} {
        if (badge_) ++badge_->carriers_;
    }
    BadgeRef(const BadgeRef& other) : BadgeRef{other.badge_} {}
    BadgeRef(BadgeRef&& other) noexcept : badge_{std::exchange(other.badge_, nullptr)} {}
    BadgeRef& operator=(BadgeRef other) noexcept {
        std::swap(badge_, other.badge_);
        return *this;
    }
    ~BadgeRef() { reset(); }

    void reset() {
        if (Badge* badge = std::exchange(badge_, nullptr))
            if (--badge->carriers_ == 0) Badge::last_carrier_gone(*badge);
    }
    /// For slots, which keep it as a plain pointer.
    [[nodiscard]] Badge* into_raw() && { return std::exchange(badge_, nullptr); }
    [[nodiscard]] static BadgeRef from_raw(Badge* badge) {
        BadgeRef reference;
        reference.badge_ = badge;
        return reference;
    }

  private:
    friend class Inspector;
    Badge* badge_ = nullptr;
};

/// Badges that nobody carries any more, in the order in which that came about, until the endpoint's receivers
/// have heard of it.
class GoneQueue {
  public:
    GoneQueue() = default;
    GoneQueue(const GoneQueue&) = delete;
    ~GoneQueue() {
        if (!empty()) panic("an endpoint ends before it has given up its news");
    }

    [[nodiscard]] bool empty() const { return first_ == nullptr; }
    void push(Badge& badge);
    /// The first one's number; its record ends here. The queue is not empty.
    [[nodiscard]] u64 take();

  private:
    friend class Inspector;
    Badge* first_ = nullptr;
    Badge* last_ = nullptr;
};

} // namespace pith::kernel
