#pragma once

#include "base/list.h"
#include "base/result.h"
#include "kernel/object/object.h"

namespace pith::kernel {

class Notification;

/// Who is told when something happens: bits to signal on a notification. At most one each. Where the
/// notification ends before its last reference, nobody is.
class Observer {
  public:
    /// A budget's does not keep the notification, which may be one that the budget pays for: each would keep
    /// the other for ever.
    enum class Owner : u8 { other, interrupt, budget };
    explicit Observer(Owner owner = Owner::other) : owner{owner} {}
    ~Observer() { clear(); }

    [[nodiscard]] Result<> set(Ref<Notification> notification, u64 bits) {
        if (notification_) return fail(Error::exists);
        replace(std::move(notification), bits);
        return {};
    }
    /// In place of whoever was told before.
    void replace(Ref<Notification> notification, u64 bits);
    void clear() { (void)release(); }
    /// Nobody is told any more. Gives what kept the notification to the caller.
    Ref<Notification> release() {
        link.unlink();
        notification_ = nullptr;
        return std::move(kept_);
    }
    void signal();
    [[nodiscard]] bool is_set() const { return notification_ != nullptr; }
    /// What is signalled, and by which bits. It is set.
    [[nodiscard]] Notification& notification() const; // notification.h
    [[nodiscard]] u64 bits() const { return bits_; }

    const Owner owner; ///< who has to know that nobody is told any more
    ListLink link;     ///< the notification's

  private:
    friend class Inspector;
    Notification* notification_ = nullptr;
    Ref<Notification> kept_;
    u64 bits_ = 0;
};

} // namespace pith::kernel
