#pragma once

#include "os/clock.h"
#include "os/timer.h"
#include "servers/console/screen_terminals.h"
#include "servers/console/serial_line.h"

namespace pith::os::console {

/// Serves every terminal: the serial one, and those of the screen where there is one.
class Console {
  public:
    static constexpr u64 paint_bit = 2; ///< beside Uart::interrupt_bit

    Console(SerialLine line, protocol::Mode mode, std::unique_ptr<ScreenTerminals> screen, Clock clock,
            Timer timer)
        : line_{std::move(line)},
          serial_{line_, mode},
          screen_{std::move(screen)},
          clock_{std::move(clock)},
          timer_{std::move(timer)} {}
    Console(const Console&) = delete; // serial_ borrows line_
    /// From now on input is taken.
    void start() { settle(); }

    MaybeAnswer<protocol::Write> on(const protocol::Write& m, const Caller<protocol::Write>& caller);
    MaybeAnswer<protocol::Read> on(const protocol::Read& m, const Caller<protocol::Read>& caller);
    Result<protocol::ReadReply> on(const protocol::ReadTyped& m, const Caller<protocol::ReadTyped>& caller);
    Result<protocol::ModeReply> on(const protocol::GetMode& m, const Caller<protocol::GetMode>& caller);
    Result<Done> on(const protocol::WatchInterrupt& m, const Caller<protocol::WatchInterrupt>& caller,
                    Notification notification);
    Result<Done> on(const protocol::SetInput& m, const Caller<protocol::SetInput>& caller);
    Result<protocol::KeysReply> on(const protocol::Keys& m, const Caller<protocol::Keys>& caller);
    Result<Done> on(const protocol::SetKeymap& m, const Caller<protocol::SetKeymap>& caller);
    void on_notification(u64 bits);
    /// All that a client and its children wait for is forgotten.
    void on_gone(u64 badge);

  private:
    /// The terminal that a client's badge names.
    [[nodiscard]] Result<Terminal*> find(u64 badge);
    /// Serves who waits, as far as the devices allow.
    void settle();
    /// Now, or soon: not more often than anybody can see.
    void paint();

    SerialLine line_;
    Terminal serial_;
    std::unique_ptr<ScreenTerminals> screen_; ///< null: there is none
    Clock clock_;
    Timer timer_;
    Instant next_paint_{};
    bool paint_is_due_ = false; ///< the timer is set
};

} // namespace pith::os::console
