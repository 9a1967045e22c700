#include "proto/terminal.h"

namespace pith::proto {
namespace {

/// The console that last words go to: a handle of its own, because those come when all else has been closed.
constinit abi::Handle last_console{};

void complain(std::string_view line) {
    Terminal terminal{console::Client{os::Endpoint{last_console}}};
    terminal.write(line);
    terminal.write("\n");
}

void remember(const console::Client& client) {
    auto own = client.endpoint().copy();
    if (!own) return; // without memory for it, others are left
    const os::Endpoint former{std::exchange(last_console, own->release())};
    os::runtime().complain = &complain;
}

} // namespace

Result<Terminal> Terminal::open(os::Start& start) {
    auto client = TRY(start.take<console::Client>("console"));
    remember(client);
    return Terminal{std::move(client)};
}

Result<Terminal> Terminal::output(os::Start& start) {
    auto terminal = TRY(open(start));
    auto output = start.take<console::Client>("output");
    return output ? Terminal{*std::move(output)} : std::move(terminal);
}

std::optional<Terminal> Terminal::redirected_errors(os::Start& start) {
    auto errors = start.take<console::Client>("errors");
    if (!errors) return std::nullopt;
    remember(*errors);
    return Terminal{*std::move(errors)};
}

Result<Terminal> Terminal::errors(os::Start& start) {
    auto terminal = TRY(open(start));
    auto errors = redirected_errors(start);
    return errors ? *std::move(errors) : std::move(terminal);
}

Result<Terminals> Terminals::open(os::Start& start) {
    auto terminal = TRY(Terminal::open(start));
    auto output = start.take<console::Client>("output");
    auto errors = Terminal::redirected_errors(start);
    if (output)
        return Terminals{Terminal{*std::move(output)}, errors ? *std::move(errors) : std::move(terminal)};
    if (!errors) errors.emplace(console::Client{TRY(terminal.client().endpoint().copy())});
    return Terminals{std::move(terminal), *std::move(errors)};
}

void Terminal::write(std::string_view text) const {
    constexpr u64 status_of_broken_pipe = 141;
    if (const auto taken = try_write(text); !taken && taken.error() == Error::closed)
        os::exit(status_of_broken_pipe);
}

Result<> Terminal::try_write(std::string_view text) const {
    while (!text.empty()) {
        console::Write message{};
        message.bytes = decltype(message.bytes)::of(text);
        TRY(client_.call(message));
        text.remove_prefix(message.bytes.length);
    }
    return {};
}

} // namespace pith::proto
