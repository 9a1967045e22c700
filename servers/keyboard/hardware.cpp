#include "servers/keyboard/hardware.h"

#include "os/time.h"

namespace pith::os::keyboard {

Result<Hardware> Hardware::open(Start& start) {
    constexpr u16 data_port = 0x60, command_port = 0x64;
    Hardware hardware{TRY(start.take<IoPorts>("data")), TRY(start.take<IoPorts>("command")),
                      TRY(start.take<Interrupt>("interrupt")), TRY(Clock::open())};
    TRY(hardware.data_.enable(data_port));
    TRY(hardware.command_.enable(command_port));
    return hardware;
}

Result<> Hardware::watch(const Notification& notification) const {
    TRY(interrupt_.bind(notification, interrupt_bit));
    return interrupt_.acknowledge();
}

Result<> Hardware::pause() { return invoke(abi::Sleep{clock_.now() + milliseconds(1)}); }

} // namespace pith::os::keyboard
