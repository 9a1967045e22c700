#pragma once

#include "kernel/object/notification.h"

namespace pith::kernel {

/// One interrupt line, or one message that a device sends. Signals once, and then not before it is
/// acknowledged: a level is masked meanwhile; an edge that comes meanwhile is remembered, and masked from
/// then on where the machine can, because more of them would tell nothing new.
class Interrupt final : public Object, private Observer {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::interrupt;
    /// The line is masked; who makes it claims it.
    Interrupt(Budget& payer, u32 line);
    ~Interrupt();

    void bind(Ref<Notification> notification, u64 bits);
    void acknowledge();
    /// The line has fired. Whether that has to be signalled: what is bound, and those bits.
    [[nodiscard]] bool note_fired() {
        if (level_ || unanswered_) mask();
        if (std::exchange(unanswered_, true)) [[unlikely]] {
            again_ = !level_; // a level that is still there comes again by itself
            return false;
        }
        return is_set();
    }
    using Observer::bits;
    using Observer::notification;
    void mask();

  private:
    friend class Inspector;
    friend class Notification; // which tells it that nobody hears of it any more

    u32 line_;
    bool level_;
    bool masked_ = true;
    bool unanswered_ = true; ///< signalled and not acknowledged, or not bound yet
    bool again_ = false;     ///< an edge came meanwhile
};

} // namespace pith::kernel
