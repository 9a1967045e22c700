#pragma once

#include "abi/call.h"

/// The calls of syscalls.h that are about the system as a whole.
namespace pith::abi {

/// Adds a line to the kernel's log: `length` bytes (at most `longest`) of text at the message buffer's words.
///                                                                       system: write_log
struct LogWrite {
    static constexpr u64 longest = 256;
    using Reply = Nothing;
    Handle system;
    u64 length;
};
/// Copies log bytes from position `from` on to the message buffer's `results`; `next` is the position behind
/// them. Bytes that the ring has lost are skipped.                       system: log
struct LogRead {
    struct Reply {
        u64 length;
        u64 next;
    };
    Handle system;
    u64 from;
};
/// The first process with an identity of at least `from`, as a ProcessEntry in the message buffer's
/// `results`. `not_found` behind the last.                                         system: list
struct ProcessList {
    struct Reply {
        u64 id;
    };
    Handle system;
    u64 from;
};
/// A SystemEntry in the message buffer's `results`.                      system: list
struct SystemInfo {
    using Reply = Nothing;
    Handle system;
};
/// Does not return where it succeeds. `action`: PowerAction.               system: power
struct SystemPower {
    using Reply = Nothing;
    Handle system;
    u64 action;
};

/// Starts (1) or ends (0) the kernel's notes of what it does. While they are made every message takes the
/// slow path.                                                                 system: trace
struct TraceControl {
    using Reply = Nothing;
    Handle system;
    u64 on;
};
/// Copies what a core noted, from entry `from` on, to the message buffer's `results`: `count` TraceEntries,
/// at most 64; `next` is the number behind them. Entries that the ring has lost are skipped. `bad_argument`:
/// no such core.                                                            system: trace
struct TraceRead {
    static constexpr u64 most = 64;
    struct Reply {
        u64 count;
        u64 next;
    };
    Handle system;
    u64 core;
    u64 from;
};

} // namespace pith::abi
