#pragma once

#include "base/types.h"

#include <string_view>

namespace pith::abi {

/// What a handle can name. The numbers are part of the contract.
enum class Kind : u8 {
    none = 0,
    budget = 1,
    process = 2,
    thread = 3,
    endpoint = 4,
    reply = 5,
    notification = 6,
    memory = 7,
    interrupt = 8,
    io_ports = 9,
    system = 10,
    queue = 11,
    dma_domain = 12,
    timer = 13,
};

constexpr std::string_view name_of(Kind kind) {
    switch (kind) {
    case Kind::none: return "none";
    case Kind::budget: return "budget";
    case Kind::process: return "process";
    case Kind::thread: return "thread";
    case Kind::endpoint: return "endpoint";
    case Kind::reply: return "reply";
    case Kind::notification: return "notification";
    case Kind::memory: return "memory";
    case Kind::interrupt: return "interrupt";
    case Kind::io_ports: return "io_ports";
    case Kind::system: return "system";
    case Kind::queue: return "queue";
    case Kind::dma_domain: return "dma_domain";
    case Kind::timer: return "timer";
    }
    return "unknown"; // a number that came from outside this build
}

} // namespace pith::abi
