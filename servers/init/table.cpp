#include "servers/init/table.h"

#include "abi/syscalls.h"

#include <algorithm>
#include <optional>

namespace pith::os::init {
namespace {

namespace system = abi::rights::system;

constexpr u64 most_services = 32;
constexpr u64 most_kept_pages = 64;

/// Empty: well; else what is wrong.
using Complaint = std::string_view;

/// Decimal, or hexadecimal behind 0x.
std::optional<u64> number_of(std::string_view digits) {
    const bool hexadecimal = digits.starts_with("0x");
    if (hexadecimal) digits.remove_prefix(2);
    return parse_number(digits, hexadecimal ? 16 : 10);
}
std::optional<u64> take_number(TableLine& line) { return number_of(line.take_word()); }

std::optional<abi::Rights> system_right(std::string_view word) {
    if (word == "log") return system::log;
    if (word == "write_log") return system::write_log;
    if (word == "list") return system::list;
    if (word == "devices") return system::devices;
    if (word == "power") return system::power;
    if (word == "trace") return system::trace;
    return std::nullopt;
}

Complaint read_system_rights(TableLine& line, GrantRule& grant) {
    for (std::string_view word = line.take_word(); !word.empty(); word = line.take_word()) {
        const auto right = system_right(word);
        if (!right) return "unknown right";
        grant.rights = grant.rights | *right;
    }
    // What a service may use it may hand on, reduced.
    grant.rights = grant.rights | abi::rights::copy;
    return {};
}

Complaint read_numbers(TableLine& line, GrantRule& grant, bool with_count) {
    const auto first = take_number(line);
    const auto count = with_count ? take_number(line) : 0;
    if (!first || !count) return "a number is missing";
    grant.first = *first;
    grant.count = *count;
    return {};
}

/// How many pages: one where nothing is said.
Complaint read_size(TableLine& line, GrantRule& grant) {
    const std::string_view word = line.take_word();
    const auto count = word.empty() ? 1 : number_of(word);
    if (!count || *count == 0 || *count > most_kept_pages) return "no such number of pages";
    grant.count = *count;
    return {};
}

/// What follows the service's name: nothing, or by which badge it knows this client.
Complaint read_connection(TableLine& line, GrantRule& grant) {
    if (grant.service.empty()) return "a service's name is missing";
    const std::string_view word = line.take_word();
    if (word.empty()) return {};
    if (word != "as") return "`as` or the end of the line was expected";
    const auto badge = take_number(line);
    if (!badge || *badge == 0) return "a badge is missing";
    grant.badge = *badge;
    return {};
}

Complaint read_grant(TableLine& line, Service& service) {
    GrantRule grant{.name = line.take_word(), .source = Source::budget};
    const std::string_view source = line.take_word();
    Complaint complaint;
    if (source == "ports") {
        grant.source = Source::ports;
        complaint = read_numbers(line, grant, true);
    } else if (source == "interrupt") {
        grant.source = Source::interrupt;
        complaint = read_numbers(line, grant, false);
    } else if (source == "system") {
        grant.source = Source::system;
        complaint = read_system_rights(line, grant);
    } else if (source == "initrd") {
        grant.source = Source::initrd;
    } else if (source == "screen") {
        grant.source = Source::screen;
    } else if (source == "connect") {
        grant.source = Source::connect;
        grant.service = line.take_word();
        complaint = read_connection(line, grant);
    } else if (source == "spare") {
        grant.source = Source::spare;
    } else if (source == "kept") {
        grant.source = Source::kept;
        complaint = read_size(line, grant);
    } else if (source == "keeper") {
        grant.source = Source::keeper;
    } else if (source == "supervise") {
        grant.source = Source::supervise;
    } else if (source != "budget") {
        complaint = "unknown kind of grant";
    }
    service.grants.push_back(grant);
    return complaint;
}

Complaint read_end(TableLine& line, EndRule& rule) {
    const std::string_view action = line.take_word();
    if (action == "ignore") {
        rule.action = EndRule::Action::ignore;
    } else if (action == "poweroff") {
        rule.action = EndRule::Action::power_off;
    } else if (action == "restart") {
        const auto limit = take_number(line);
        if (!limit) return "a number is missing";
        rule = {EndRule::Action::restart, *limit};
    } else {
        return "unknown action";
    }
    return {};
}

Complaint read_property(std::string_view key, TableLine& line, Service& service) {
    if (key == "program") {
        service.program = line.take_word();
        if (service.program.empty()) return "a path is missing";
    } else if (key == "priority" || key == "memory") {
        const auto number = take_number(line);
        if (!number) return "a number is missing";
        if (key == "priority" && *number >= abi::priorities) return "no such priority";
        (key == "priority" ? service.priority : service.memory_pages) = *number;
    } else if (key == "offers") {
        service.offers = true;
    } else if (key == "awaited") {
        service.awaited = true;
    } else if (key == "grant") {
        return read_grant(line, service);
    } else if (key == "exited") {
        return read_end(line, service.exited);
    } else if (key == "failed") {
        return read_end(line, service.failed);
    } else {
        return "unknown word";
    }
    return {};
}

Complaint read_line(TableLine& line, std::vector<Service>& services) {
    const std::string_view key = line.take_word();
    if (key.empty()) return {};
    Complaint complaint;
    if (key == "service") {
        const std::string_view name = line.take_word();
        if (name.empty()) return "a name is missing";
        if (std::ranges::contains(services, name, &Service::name)) return "this name is taken";
        if (services.size() == most_services) return "too many services";
        services.push_back({.name = name, .program = {}});
    } else if (services.empty()) {
        return "a line before the first service";
    } else {
        complaint = read_property(key, line, services.back());
    }
    if (complaint.empty() && !line.at_end()) return "too many words";
    return complaint;
}

bool is_offered(const std::vector<Service>& services, std::string_view name) {
    return std::ranges::any_of(services, [&](const Service& s) { return s.offers && s.name == name; });
}

/// What can only be said of the table as a whole.
Complaint check(const std::vector<Service>& services) {
    for (const Service& service : services) {
        if (service.program.empty()) return "a service without a program";
        if (service.awaited && !service.offers) return "a service that is awaited and offers nothing";
        for (const GrantRule& grant : service.grants)
            if (grant.source == Source::connect && !is_offered(services, grant.service))
                return "a connection to a service that offers nothing";
    }
    return {};
}

} // namespace

std::expected<std::vector<Service>, TableMistake> parse_table(std::string_view text) {
    std::vector<Service> services;
    TableText rest{text};
    while (auto line = rest.take_line())
        if (const Complaint complaint = read_line(*line, services); !complaint.empty())
            return std::unexpected(TableMistake{line->number(), complaint});
    if (const Complaint complaint = check(services); !complaint.empty())
        return std::unexpected(TableMistake{rest.lines(), complaint});
    return services;
}

} // namespace pith::os::init
