#pragma once

#include "os/server.h"
#include "proto/console.h"
#include "servers/console/line_discipline.h"

namespace pith::os::console {

namespace protocol = proto::console;

/// Where a terminal's text goes.
class Output {
  public:
    /// Puts as much of the text as there is room for; how much that was.
    [[nodiscard]] virtual u64 put(std::string_view text) = 0;

  protected:
    ~Output() = default;
};

/// One terminal and its clients: who reads first is served first.
class Terminal {
  public:
    /// Borrows where its text goes.
    Terminal(Output& output, protocol::Mode mode) : output_{output}, mode_{mode} {}

    MaybeAnswer<protocol::Write> write(const protocol::Write& m, const Caller<protocol::Write>& caller);
    MaybeAnswer<protocol::Read> read(const protocol::Read& m, const Caller<protocol::Read>& caller);
    [[nodiscard]] protocol::ReadReply read_typed(u64 most);
    void watch(const protocol::WatchInterrupt& m, u64 badge, Notification notification);
    void set_input(protocol::InputMode mode) {
        std::string echo;
        discipline_.set_mode(mode, echo);
        show(echo);
    }
    [[nodiscard]] protocol::Mode mode() const { return mode_; }
    /// All that a client and its children wait for is forgotten.
    void forget(u64 badge);

    [[nodiscard]] bool has_room() const { return discipline_.has_room(); }
    /// Only where there is room.
    void type(char c);
    /// Serves who waits, as far as input and output allow.
    void settle();

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

    [[nodiscard]] bool watched() const { return watcher_bits_ != 0 && mode_ == protocol::Mode::terminal; }
    void interrupt_watcher();
    [[nodiscard]] protocol::ReadReply take_input(u64 most);
    void show(std::string_view echo);

    Output& output_;
    protocol::Mode mode_;
    LineDiscipline discipline_;
    std::array<std::optional<Reader>, 8> readers_{}; ///< in order, the empty ones last
    std::array<std::optional<Writer>, 8> writers_{};
    Notification watcher_;
    u64 watcher_bits_ = 0;
    u64 watcher_badge_ = 0;
};

} // namespace pith::os::console
