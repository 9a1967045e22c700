#include "servers/devices/manifest.h"

#include "base/number.h"

#include <algorithm>

namespace pith::os::devices {
namespace {

/// Empty: well; else what is wrong.
using Complaint = std::string_view;

/// Takes the next word off a line; empty behind the last.
std::string_view take_word(std::string_view& line) {
    constexpr std::string_view blanks = " \t\r";
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

/// Numbers with as many hexadecimal digits, `:` between them: `1af4:1042`, `01:06:01`.
std::optional<u32> parse_parts(std::string_view text, std::size_t parts, std::size_t digits) {
    if (text.size() != parts * (digits + 1) - 1) return std::nullopt;
    u32 value = 0;
    for (std::size_t i = 0; i < parts; ++i) {
        const std::size_t at = i * (digits + 1);
        const auto part = parse_number(text.substr(at, digits), 16);
        if (!part || (i + 1 < parts && text[at + digits] != ':')) return std::nullopt;
        value = value << digits * 4 | static_cast<u32>(*part);
    }
    return value;
}

Complaint read_match(std::string_view& line, DriverRule& driver) {
    const std::string_view kind = take_word(line);
    const std::string_view text = take_word(line);
    if (kind == "device") {
        const auto pair = parse_parts(text, 2, 4);
        if (!pair) return "vendor:device was expected";
        driver.matches.push_back({false, *pair << 16 | *pair >> 16});
    } else if (kind == "class") {
        const auto code = parse_parts(text, 3, 2);
        if (!code) return "class:subclass:interface was expected";
        driver.matches.push_back({true, *code});
    } else {
        return "`device` or `class` was expected";
    }
    return {};
}

Complaint read_property(std::string_view key, std::string_view& line, DriverRule& driver) {
    if (key == "program") {
        driver.program = take_word(line);
        return driver.program.empty() ? "a path is missing" : "";
    }
    if (key == "match") return read_match(line, driver);
    if (key == "disks") {
        driver.finds_disks = true;
        return {};
    }
    u64* const place = key == "memory"       ? &driver.memory_pages
                       : key == "interrupts" ? &driver.interrupts
                       : key == "restart"    ? &driver.restarts
                                             : nullptr;
    if (place == nullptr) return "unknown word";
    const auto number = parse_number(take_word(line));
    if (!number) return "a number is missing";
    *place = *number;
    return {};
}

Complaint read_line(std::string_view line, Manifest& manifest) {
    line = line.substr(0, line.find('#'));
    const std::string_view key = take_word(line);
    if (key.empty()) return {};
    Complaint complaint;
    if (key == "driver") {
        const std::string_view name = take_word(line);
        if (name.empty()) return "a name is missing";
        manifest.drivers.push_back({.name = name, .program = {}});
    } else if (key == "client") {
        const auto badge = parse_number(take_word(line));
        const std::string_view disk = take_word(line);
        if (!badge || disk.empty()) return "a badge and a disk's name were expected";
        manifest.clients.push_back({*badge, disk});
    } else if (manifest.drivers.empty()) {
        return "a line before the first driver";
    } else {
        complaint = read_property(key, line, manifest.drivers.back());
    }
    if (complaint.empty() && !take_word(line).empty()) return "too many words";
    return complaint;
}

} // namespace

bool DriverRule::fits(u32 identity, u32 class_code) const {
    return std::ranges::any_of(matches, [=](const Match& match) {
        return match.by_class ? match.value == class_code : match.value == identity;
    });
}

std::expected<Manifest, ManifestError> parse_manifest(std::string_view text) {
    Manifest manifest;
    for (u64 number = 1; !text.empty(); ++number) {
        const u64 length = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, length);
        text.remove_prefix(std::min(length + 1, text.size()));
        if (const Complaint complaint = read_line(line, manifest); !complaint.empty())
            return std::unexpected(ManifestError{number, complaint});
    }
    for (const DriverRule& driver : manifest.drivers)
        if (driver.program.empty() || driver.matches.empty())
            return std::unexpected(ManifestError{0, "a driver without a program or a match"});
    return manifest;
}

} // namespace pith::os::devices
