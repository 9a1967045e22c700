#include "servers/devices/manifest.h"

#include <algorithm>

namespace pith::os::devices {
namespace {

/// Empty: well; else what is wrong.
using Complaint = std::string_view;

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

Complaint read_match(TableLine& line, DriverRule& driver) {
    const std::string_view kind = line.take_word();
    const std::string_view text = line.take_word();
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

Complaint read_property(std::string_view key, TableLine& line, DriverRule& driver) {
    if (key == "program") {
        driver.program = line.take_word();
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
    const auto number = parse_number(line.take_word());
    if (!number) return "a number is missing";
    *place = *number;
    return {};
}

Complaint read_line(TableLine& line, Manifest& manifest) {
    const std::string_view key = line.take_word();
    if (key.empty()) return {};
    Complaint complaint;
    if (key == "driver") {
        const std::string_view name = line.take_word();
        if (name.empty()) return "a name is missing";
        manifest.drivers.push_back({.name = name, .program = {}});
    } else if (key == "client") {
        const auto badge = parse_number(line.take_word());
        const std::string_view disk = line.take_word();
        if (!badge || disk.empty()) return "a badge and a disk's name were expected";
        manifest.clients.push_back({*badge, disk});
    } else if (manifest.drivers.empty()) {
        return "a line before the first driver";
    } else {
        complaint = read_property(key, line, manifest.drivers.back());
    }
    if (complaint.empty() && !line.at_end()) return "too many words";
    return complaint;
}

} // namespace

bool DriverRule::fits(u32 identity, u32 class_code) const {
    return std::ranges::any_of(matches, [=](const Match& match) {
        return match.by_class ? match.value == class_code : match.value == identity;
    });
}

std::expected<Manifest, TableMistake> parse_manifest(std::string_view text) {
    Manifest manifest;
    TableText rest{text};
    while (auto line = rest.take_line())
        if (const Complaint complaint = read_line(*line, manifest); !complaint.empty())
            return std::unexpected(TableMistake{line->number(), complaint});
    for (const DriverRule& driver : manifest.drivers)
        if (driver.program.empty() || driver.matches.empty())
            return std::unexpected(TableMistake{0, "a driver without a program or a match"});
    return manifest;
}

} // namespace pith::os::devices
