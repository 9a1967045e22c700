// date [-u] [+FORMAT]: what time it is, UTC with and without -u. In FORMAT stand %Y %m %d %H %M %S %j %a %b
// for a part, %F for the date, %T for the time, %s for the seconds since 1970, %n for a new line, %% for
// itself.
#include "proto/output.h"
#include "proto/utility.h"
#include "proto/wall_clock.h"

using namespace pith;

namespace {

constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

u64 day_of_year(const Calendar& moment, WallTime now) {
    const auto first = Calendar{.year = moment.year}.time();
    return (now.seconds() - first.value_or(WallTime{}).seconds()) / 86'400 + 1;
}

/// What one letter stands for; false: nothing.
bool add(std::string& text, char letter, WallTime now) {
    const Calendar moment = Calendar::of(now);
    Text<40> part;
    switch (letter) {
    case 'Y': part.format("{}", moment.year); break;
    case 'm': part.format("{:02}", moment.month); break;
    case 'd': part.format("{:02}", moment.day); break;
    case 'H': part.format("{:02}", moment.hour); break;
    case 'M': part.format("{:02}", moment.minute); break;
    case 'S': part.format("{:02}", moment.second); break;
    case 'j': part.format("{:03}", day_of_year(moment, now)); break;
    case 'a': part.append(weekdays[moment.weekday()]); break;
    case 'b': part.append(months[moment.month - 1]); break;
    case 'F': part.append(describe(now).view().substr(0, 10)); break;
    case 'T': part.append(describe(now).view().substr(11)); break;
    case 's': part.format("{}", now.seconds()); break;
    case 'n': part.append('\n'); break;
    case '%': part.append('%'); break;
    default: return false;
    }
    text += part.view();
    return true;
}

/// Nothing where the format says something that means nothing.
std::optional<std::string> format_time(std::string_view format, WallTime now) {
    std::string text;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%')
            text += format[i];
        else if (++i == format.size() || !add(text, format[i], now))
            return std::nullopt;
    }
    return text;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto date = TRY(proto::Utility::open(start, "u", "date [-u] [+FORMAT]", 0, 1));
    if (!date) return proto::status_misuse;
    const std::string_view format = date->operands().empty() ? "+%a %b %d %T UTC %Y" : date->operands()[0];
    const auto clock = TRY(proto::WallClock::open(start));
    const WallTime now = clock.now();
    if (!now.is_known()) {
        date->program.errors().write("date: nobody knows what time it is\n");
        return 1;
    }
    const auto text = format.starts_with('+') ? format_time(format.substr(1), now) : std::nullopt;
    if (!text) {
        date->program.errors().print("date: {}: not a format\n", format);
        return proto::status_misuse;
    }
    proto::Output output{date->program.output()};
    output.print("{}\n", *text);
    return 0;
}
