#pragma once

#include "kernel/object/badge.h"

namespace pith::kernel {

class Endpoint;

/// Who hears of the faults of a process's threads. Where the endpoint ends before its last reference, nobody
/// does.
class FaultHandler {
  public:
    FaultHandler() = default;
    ~FaultHandler() { clear(); }

    /// In place of what was named before. `record` is of the badge.
    void set(Ref<Endpoint> endpoint, u64 badge, BadgeRef record);
    void clear();
    [[nodiscard]] Endpoint* endpoint() const; ///< null: nobody. endpoint.h
    [[nodiscard]] u64 badge() const { return badge_; }

    bool foreign = false; ///< of its threads' system calls, too
    ListLink link;        ///< the endpoint's

  private:
    friend class Inspector;
    Ref<Endpoint> endpoint_;
    u64 badge_ = 0;
    BadgeRef record_{};
};

} // namespace pith::kernel
