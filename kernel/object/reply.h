#pragma once

#include "kernel/object/badge.h"

namespace pith::kernel {

class Thread;

/// The right to answer one call later; may be passed on. Dropped, it tells the caller at once.
class Reply final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::reply;
    Reply(Budget& payer, Thread& caller);
    ~Reply();

    /// Null when the caller no longer waits, or was answered.
    [[nodiscard]] Thread* caller() const { return caller_; }
    void caller_left() {
        caller_ = nullptr;
        badge_.reset();
    }

  private:
    friend class Inspector;
    Thread* caller_; // which leaves before it ends
    BadgeRef badge_; // of the capability that was called through
};

} // namespace pith::kernel
