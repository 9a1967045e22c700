#pragma once

#include "os/io_ports.h"
#include "os/start.h"
#include "servers/clock/rtc_time.h"

namespace pith::os::clock {

/// The real-time clock of a PC (Motorola MC146818A data sheet), behind a port that chooses a register and one
/// that reads it.
class Rtc {
  public:
    /// Takes "ports" of the grants.
    [[nodiscard]] static Result<Rtc> open(Start& start);
    /// Nothing where no clock answers, or what it says is no time.
    [[nodiscard]] std::optional<WallTime> read() const;

  private:
    using Index = Register<u8, 0, Access::write_only>;
    using Data = Register<u8, 1, Access::read_only>;

    explicit Rtc(IoPorts ports) : ports_{std::move(ports)} {}
    [[nodiscard]] u8 get(u8 index) const {
        ports_.write<Index>(index);
        return ports_.read<Data>();
    }
    [[nodiscard]] RtcTime get_all() const;
    /// Whether the registers stand still, for long enough to read them.
    [[nodiscard]] bool is_still() const;

    IoPorts ports_;
};

} // namespace pith::os::clock
