#pragma once

#include "base/text.h"
#include "os/start.h"
#include "proto/console.h"

namespace pith::proto {

/// Where a program prints to and reads from: its "console" grant.
class Terminal {
  public:
    explicit Terminal(console::Client client) : client_{std::move(client)} {}
    /// From then on the process's last words go there too.
    [[nodiscard]] static Result<Terminal> open(os::Start& start);

    /// All of the text. What the console does not take is lost: there is nowhere to say so.
    void write(std::string_view text) const;
    template <class... A>
    void print(FormatString<A...> text, const A&... args) const {
        Text<480> line;
        line.format<A...>(text, args...);
        write(line.view());
    }
    /// What was typed, a few bytes.
    [[nodiscard]] Result<console::ReadReply> read() const { return client_.call(console::Read{.most = 64}); }
    [[nodiscard]] const console::Client& client() const { return client_; }

  private:
    console::Client client_;
};

} // namespace pith::proto
