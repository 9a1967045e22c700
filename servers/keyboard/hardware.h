#pragma once

#include "os/clock.h"
#include "os/io_ports.h"
#include "os/start.h"
#include "servers/keyboard/ports.h"

namespace pith::os::keyboard {

/// The controller of this machine.
class Hardware final : public Ports {
  public:
    static constexpr u64 interrupt_bit = 1;

    /// Takes "data", "command" (ports) and "interrupt" of the grants.
    [[nodiscard]] static Result<Hardware> open(Start& start);
    /// From now on an interrupt sets `interrupt_bit`.
    [[nodiscard]] Result<> watch(const Notification& notification) const;
    [[nodiscard]] Result<> acknowledge() const { return interrupt_.acknowledge(); }

    [[nodiscard]] Status status() override { return command_.read<StatusRegister>(); }
    [[nodiscard]] u8 read_data() override { return data_.read<Data>(); }
    void write_data(u8 byte) override { data_.write<Data>(byte); }
    void write_command(u8 byte) override { command_.write<Command>(byte); }
    [[nodiscard]] Result<> pause() override;

  private:
    using Data = Register<u8, 0>;
    using StatusRegister = Register<Status, 0>;
    using Command = Register<u8, 0>;

    Hardware(IoPorts data, IoPorts command, Interrupt interrupt, Clock clock)
        : data_{std::move(data)},
          command_{std::move(command)},
          interrupt_{std::move(interrupt)},
          clock_{std::move(clock)} {}

    IoPorts data_;
    IoPorts command_;
    Interrupt interrupt_;
    Clock clock_;
};

} // namespace pith::os::keyboard
