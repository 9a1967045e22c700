#pragma once

#include "os/server.h"
#include "proto/console.h"
#include "servers/console/uart.h"

namespace pith::os::console {

namespace protocol = proto::console;

/// The serial terminal, for any number of clients: who reads first is served first.
class Console {
  public:
    Console(Uart uart, protocol::Mode mode) : uart_{std::move(uart)}, mode_{mode} {}
    /// From now on input is taken.
    void start() { settle(); }

    MaybeAnswer<protocol::Write> on(const protocol::Write& m, const Caller<protocol::Write>& caller);
    MaybeAnswer<protocol::Read> on(const protocol::Read& m, const Caller<protocol::Read>& caller);
    Result<protocol::ModeReply> on(const protocol::GetMode& m, const Caller<protocol::GetMode>& caller);
    Result<Done> on(const protocol::WatchInterrupt& m, const Caller<protocol::WatchInterrupt>& caller,
                    Notification notification);
    void on_notification(u64 bits);
    /// All that a client and its children wait for is forgotten.
    void on_gone(u64 badge);

  private:
    struct Reader {
        u64 badge;
        Pending<protocol::Read> pending;
        u64 most;
    };
    struct Writer {
        u64 badge;
        Pending<protocol::Write> pending;
        Chunk<480> bytes;
        u64 done;
    };

    /// Serves who waits, as far as the rings allow.
    void settle();
    /// Moves typed bytes to the readers' ring; Ctrl-C goes to its watcher instead.
    void take_typed();
    [[nodiscard]] protocol::ReadReply take_input(u64 most);
    /// Puts as much of the text as there is room for; how much that was.
    [[nodiscard]] u64 put_output(std::string_view text);

    Uart uart_;
    protocol::Mode mode_;
    Input raw_;   ///< as it came from the device
    Input input_; ///< for readers
    Output output_;
    std::array<std::optional<Reader>, 8> readers_{}; ///< in order, the empty ones last
    std::array<std::optional<Writer>, 8> writers_{};
    Notification watcher_;
    u64 watcher_bits_ = 0;
    u64 watcher_badge_ = 0;
};

} // namespace pith::os::console
