#include "proto/arguments.h"

#include "base/number.h"

#include <algorithm>

namespace pith::proto {

bool Arguments::take_options(std::string_view argument, std::string_view letters, const os::Start& start,
                             u64& index) {
    for (argument.remove_prefix(1); !argument.empty(); argument.remove_prefix(1)) {
        const char letter = argument.front();
        const std::size_t at = letters.find(letter);
        if (letter == ':' || letter == '#' || at == std::string_view::npos) return false;
        if (!letters.substr(at + 1).starts_with(':')) {
            options_.push_back({letter, {}});
            continue;
        }
        std::string_view value = argument.substr(1);
        if (value.empty()) {
            const auto next = start.argument(++index);
            if (!next) return false;
            value = *next;
        }
        options_.push_back({letter, value});
        return true;
    }
    return true;
}

Result<Arguments> Arguments::parse(const os::Start& start, const Terminal& terminal, std::string_view letters,
                                   std::string_view usage) {
    Arguments arguments;
    bool options = true;
    for (u64 i = 1; i < start.argument_count(); ++i) {
        const std::string_view argument = *start.argument(i);
        if (!options || argument.size() < 2 || !argument.starts_with('-')) {
            arguments.operands_.push_back(argument);
        } else if (argument == "--") {
            options = false;
        } else if (letters.starts_with('#') && parse_number(argument.substr(1))) {
            arguments.options_.push_back({letters[1], argument.substr(1)});
        } else if (!arguments.take_options(argument, letters, start, i)) {
            terminal.print("usage: {}\n", usage);
            return fail(Error::bad_argument);
        }
    }
    return arguments;
}

bool Arguments::has(char letter) const { return std::ranges::contains(options_, letter, &Option::letter); }

std::optional<std::string_view> Arguments::value(char letter) const {
    std::optional<std::string_view> found;
    for (const Option& option : options_)
        if (option.letter == letter) found = option.value;
    return found;
}

Result<u64> Arguments::number(char letter, u64 otherwise) const {
    const auto text = value(letter);
    if (!text) return otherwise;
    const auto number = parse_number(*text);
    if (!number) return fail(Error::bad_argument);
    return *number;
}

} // namespace pith::proto
