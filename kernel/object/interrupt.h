#pragma once

#include "kernel/object/notification.h"

namespace pith::kernel {

/// One interrupt line. Masked from the moment it fires until it is acknowledged.
class Interrupt final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::interrupt;
    Interrupt(Budget& payer, u32 line) : Object{object_kind, payer}, line_{line} {}
    ~Interrupt();

    void bind(Ref<Notification> notification, u64 bits);
    void acknowledge();
    /// The line fired; the kernel has masked it.
    void fired();

  private:
    friend class Inspector;
    u32 line_;
    Ref<Notification> notification_;
    u64 bits_ = 0;
};

} // namespace pith::kernel
