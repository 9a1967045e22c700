#pragma once

#include "abi/rights.h"
#include "base/table_text.h"

#include <expected>
#include <string_view>
#include <vector>

namespace pith::os::init {

/// Where a grant comes from.
enum class Source : u8 {
    ports,     ///< I/O ports: first, count
    interrupt, ///< an interrupt line: first
    system,    ///< the System object, with `rights`
    initrd,    ///< the initrd's bytes, to read
    screen,    ///< the framebuffer's memory, to draw on
    budget,    ///< the budget that the service itself is paid from
    spare,     ///< init's budget: memory that no service was promised
    kept,      ///< memory that outlives it, of `count` pages: its successor finds what it wrote there
    keeper,    ///< to have init keep capabilities for its successors (proto/keeping.h)
    connect,   ///< the endpoint that another service offers
    supervise, ///< to ask init to end a service's process (proto/supervision.h)
};

struct GrantRule {
    std::string_view name; ///< that the service knows it by
    Source source;
    u64 first = 0;
    u64 count = 0;
    abi::Rights rights = abi::rights::none;
    std::string_view service{};
    u64 badge = 0; ///< connect: by which the service knows the client; 0: it does not
};

/// What happens when a service ends.
struct EndRule {
    enum class Action : u8 { ignore, restart, power_off };
    Action action = Action::ignore;
    u64 limit = 0; ///< how often it is restarted
};

struct Service {
    std::string_view name;
    std::string_view program; ///< its path in the initrd
    u64 priority = 16;
    std::vector<std::string_view> arguments{}; ///< behind its name; the table gives none
    u64 memory_pages = 0;                      ///< 0: it shares init's budget
    bool offers = false;  ///< it gets "serve", the endpoint that others connect to by its name
    bool awaited = false; ///< those behind it are started when it serves
    std::vector<GrantRule> grants{};
    EndRule exited{}; ///< by itself
    EndRule failed{}; ///< by a fault, or killed
};

/// Reads the service table (docs/user-space.md). The result borrows the text.
[[nodiscard]] std::expected<std::vector<Service>, TableMistake> parse_table(std::string_view text);

} // namespace pith::os::init
