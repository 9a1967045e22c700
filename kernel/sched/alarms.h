#pragma once

#include "base/time.h"
#include "base/tree.h"

namespace pith::kernel {

/// Something that happens at a point in time: the end of a thread's wait, or a timer's signal. A base of
/// both.
class Alarm {
  public:
    enum class Owner : u8 { thread, timer };
    explicit Alarm(Owner alarm_owner) : owner{alarm_owner} {}

    Instant deadline = Instant::never(); ///< set while in Alarms
    const Owner owner;

  private:
    friend class Alarms;
    TreeLink alarm_link_;
};

/// All alarms that are set, the next one first; those of the same time in the order of their setting. Setting
/// and clearing take logarithmic time, asking for the next one constant time.
class Alarms {
  public:
    /// It is not set.
    void set(Alarm& alarm, Instant deadline) {
        alarm.deadline = deadline;
        const auto gap = tree_.find_gap([&](const Alarm& other) { return other.deadline <= deadline; });
        tree_.insert(alarm, gap.place);
        if (!gap.before) first_ = &alarm;
    }
    /// It is set.
    void clear(Alarm& alarm) {
        if (first_ == &alarm) first_ = tree_.next(alarm);
        tree_.remove(alarm);
        alarm.deadline = Instant::never();
    }
    [[nodiscard]] Alarm* first() const { return first_; }
    [[nodiscard]] Instant next() const { return first_ ? first_->deadline : Instant::never(); }
    [[nodiscard]] static bool is_set(const Alarm& alarm) { return alarm.alarm_link_.linked(); }

    [[nodiscard]] auto begin() const { return tree_.begin(); }
    [[nodiscard]] auto end() const { return tree_.end(); }

  private:
    Tree<Alarm, &Alarm::alarm_link_> tree_;
    Alarm* first_ = nullptr;
};

} // namespace pith::kernel
