// sleep SECONDS: waits; `0.5` is half a one.
#include "base/number.h"
#include "os/time.h"
#include "proto/arguments.h"

#include <algorithm>
#include <string>

using namespace pith;

namespace {

std::optional<Duration> parse_seconds(std::string_view text) {
    constexpr u64 most = 1'000'000'000;
    constexpr std::size_t digits = 3;
    const std::string_view whole = text.substr(0, text.find('.'));
    std::string fraction{text.substr(std::min(whole.size() + 1, text.size()))};
    const auto seconds = parse_number(whole);
    if (!seconds || *seconds > most || (whole.size() < text.size() && !parse_number(fraction)))
        return std::nullopt;
    fraction.resize(digits, '0');
    return milliseconds(*seconds * 1000 + parse_number(fraction).value_or(0));
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::errors(start));
    const auto time = parse_seconds(start.argument(1).value_or(""));
    if (start.argument_count() != 2 || !time) {
        terminal.write("usage: sleep SECONDS\n");
        return proto::status_misuse;
    }
    TRY(os::sleep(*time));
    return 0;
}
