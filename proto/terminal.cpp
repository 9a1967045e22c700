#include "proto/terminal.h"

namespace pith::proto {
namespace {

/// The console that last words go to. A handle that is closed by then only fails.
constinit abi::Handle last_console{};

void complain(std::string_view line) {
    Terminal terminal{console::Client{os::Endpoint{last_console}}};
    terminal.write(line);
    terminal.write("\n");
}

} // namespace

Result<Terminal> Terminal::open(os::Start& start) {
    auto client = TRY(start.take<console::Client>("console"));
    last_console = client.endpoint().id();
    os::runtime().complain = &complain;
    return Terminal{std::move(client)};
}

void Terminal::write(std::string_view text) const {
    while (!text.empty()) {
        console::Write message{};
        message.bytes = decltype(message.bytes)::of(text);
        if (!client_.call(message)) return;
        text.remove_prefix(message.bytes.length);
    }
}

} // namespace pith::proto
