#pragma once

#include "base/result.h"
#include "kernel/object/object.h"

namespace pith::kernel {

class Notification;

/// Who is told when something happens: bits to signal on a notification. At most one each.
class Observer {
  public:
    [[nodiscard]] Result<> set(Ref<Notification> notification, u64 bits) {
        if (notification_) return fail(Error::exists);
        notification_ = std::move(notification);
        bits_ = bits;
        return {};
    }
    /// In place of whoever was told before.
    void replace(Ref<Notification> notification, u64 bits) {
        notification_ = std::move(notification);
        bits_ = bits;
    }
    void clear() { notification_.reset(); }
    void signal();

  private:
    friend class Inspector;
    Ref<Notification> notification_;
    u64 bits_ = 0;
};

} // namespace pith::kernel
