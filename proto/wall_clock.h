#pragma once

#include "base/calendar.h"
#include "os/client.h"
#include "os/clock.h"
#include "os/start.h"

/// What time it is. Asked once: from then on the kernel's clock, which every program can read, goes on.
namespace pith::proto {

namespace wall_clock {

/// The time at which the kernel's clock stood at 0.
struct Get {
    using Reply = struct Zero;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
struct Zero {
    WallTime time; ///< not known where the machine does not tell
};

struct Protocol {
    using Messages = TypeList<Get>;
};
using Client = os::Client<Protocol>;

} // namespace wall_clock

class WallClock {
  public:
    /// Takes the grant "clock". Without it, or where nobody knows the time, `now` is not known.
    [[nodiscard]] static Result<WallClock> open(os::Start& start) {
        WallClock clock{TRY(os::Clock::open())};
        const auto server = start.take<wall_clock::Client>("clock");
        if (!server) return clock;
        if (const auto zero = server->call(wall_clock::Get{})) clock.zero_ = zero->time;
        return clock;
    }
    [[nodiscard]] WallTime now() const {
        return zero_.is_known() ? WallTime{{zero_.raw + clock_.now().raw}} : WallTime{};
    }
    /// The kernel's own.
    [[nodiscard]] const os::Clock& clock() const { return clock_; }

  private:
    explicit WallClock(os::Clock clock) : clock_{std::move(clock)} {}

    os::Clock clock_;
    WallTime zero_{};
};

} // namespace pith::proto
