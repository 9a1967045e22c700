#include "loader/boot_environment.h"

#include <algorithm>
#include <cstring>

namespace pith::loader {

namespace {

constexpr std::string_view blanks = " \t\r\n";

/// Takes the first word off `rest`; empty when there is none left.
std::string_view next_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    return word;
}

bool is_pair(std::string_view word) {
    const auto equals = word.find('=');
    return equals != std::string_view::npos && equals > 0;
}

/// How much of the page the words need, each with its end of line.
std::size_t room_for_words(std::string_view command_line) {
    std::size_t room = 0;
    for (auto word = next_word(command_line); !word.empty(); word = next_word(command_line))
        if (is_pair(word)) room += word.size() + 1;
    return room;
}

/// At most `room` bytes, whole lines.
std::string_view whole_lines(std::string_view text, std::size_t room) {
    if (text.size() <= room) return text;
    const auto end = text.substr(0, room).rfind('\n');
    return end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 1);
}

std::optional<u32> parse_number(std::string_view digits) {
    if (digits.empty() || digits.size() > 5) return std::nullopt;
    u32 value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<u32>(c - '0');
    }
    return value;
}

} // namespace

BootEnvironment BootEnvironment::merge(std::string_view configuration, std::string_view command_line) {
    BootEnvironment environment;
    const std::size_t words = room_for_words(command_line);
    configuration = configuration.substr(0, configuration.find('\0'));
    const std::size_t room = words + 1 < capacity ? capacity - words - 1 : 0; // 1: the end of the last line
    environment.append(whole_lines(configuration, words == 0 ? capacity : room));
    if (words > 0 && environment.size_ > 0 && environment.text_[environment.size_ - 1] != '\n')
        environment.append("\n");
    environment.append_words(command_line);
    return environment;
}

void BootEnvironment::write_to(std::span<std::byte> page) const {
    std::memset(page.data(), 0, page.size());
    std::memcpy(page.data(), text_, std::min(size_, page.size() - 1));
}

void BootEnvironment::append(std::string_view text) {
    const std::size_t count = std::min(text.size(), capacity - size_);
    std::copy_n(text.data(), count, text_ + size_);
    size_ += count;
}

void BootEnvironment::append_words(std::string_view command_line) {
    for (auto word = next_word(command_line); !word.empty(); word = next_word(command_line)) {
        if (!is_pair(word)) continue;
        if (word.size() + 1 > capacity - size_) return;
        append(word);
        append("\n");
    }
}

std::optional<ScreenSize> parse_screen_size(std::string_view text) {
    const auto x = text.find('x');
    if (x == std::string_view::npos) return std::nullopt;
    const auto width = parse_number(text.substr(0, x));
    const auto height = parse_number(text.substr(x + 1));
    if (!width || !height || *width < 640 || *height < 480 || *width > 8192 || *height > 8192)
        return std::nullopt;
    return ScreenSize{*width, *height};
}

} // namespace pith::loader
