// sleep SECONDS: waits.
#include "proto/arguments.h"

#include <charconv>

using namespace pith;

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::open(start));
    const std::string_view text = start.argument(1).value_or("");
    u64 seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    constexpr u64 most = 1'000'000'000;
    if (start.argument_count() != 2 || error != std::errc{} || end != text.data() + text.size() ||
        seconds > most) {
        terminal.write("usage: sleep SECONDS\n");
        return proto::status_misuse;
    }
    const Instant now = TRY(os::invoke(abi::ClockRead{})).now;
    TRY(os::invoke(abi::Sleep{now + milliseconds(seconds * 1000)}));
    return 0;
}
