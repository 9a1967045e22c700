#pragma once

#include "base/text.h"
#include "os/start.h"
#include "proto/console.h"

#include <optional>

namespace pith::proto {

/// Where a program prints to or reads from: the console, or an end of a stream, which speaks the same.
class Terminal {
  public:
    explicit Terminal(console::Client client) : client_{std::move(client)} {}
    /// The grant "console". From then on the process's last words go there too.
    [[nodiscard]] static Result<Terminal> open(os::Start& start);
    /// Where results go: the grant "output", or the console.
    [[nodiscard]] static Result<Terminal> output(os::Start& start);

    /// Where complaints go: the grant "errors", or the console.
    [[nodiscard]] static Result<Terminal> errors(os::Start& start);
    /// The grant "errors"; last words go there, too. Nothing: there is none.
    [[nodiscard]] static std::optional<Terminal> redirected_errors(os::Start& start);

    /// All of the text. A pipe that nobody reads any more ends the process, with status 141; what else is not
    /// taken is lost: there is nowhere to say so.
    void write(std::string_view text) const;
    /// The same, and goes on whatever happens: for who has more to do than to write.
    Result<> try_write(std::string_view text) const;
    template <class... A>
    void print(FormatString<A...> text, const A&... args) const {
        Text<480> line;
        line.format<A...>(text, args...);
        write(line.view());
    }
    /// What was typed or sent, a few bytes. None: the stream has ended.
    [[nodiscard]] Result<console::ReadReply> read() const { return client_.call(console::Read{.most = 480}); }
    /// Whether a program is at its other end, not a person.
    [[nodiscard]] Result<bool> is_plain() const {
        const auto reply = TRY(client_.call(console::GetMode{}));
        return reply.mode == static_cast<u64>(console::Mode::plain);
    }
    [[nodiscard]] const console::Client& client() const { return client_; }

  private:
    console::Client client_;
};

/// Where results and complaints of a program go that has nothing to do with files.
struct Terminals {
    Terminal output; ///< the grant "output", or the console
    Terminal errors; ///< the grant "errors", or the console

    [[nodiscard]] static Result<Terminals> open(os::Start& start);
};

} // namespace pith::proto
