#pragma once

#include "base/types.h"

/// What the kernel notes about what it does, while somebody wants to see it (TraceControl, TraceRead).
namespace pith::abi {

enum class TraceEvent : u16 {
    none = 0,
    switched = 1,  ///< a core goes on with another thread. what: the process it ran before (0: it idled),
                   ///< value: the priority of the one it runs now
    call = 2,      ///< a system call, the slow way. what: its number or tag (rax), value: its first argument
    reply = 3,     ///< an answer was delivered. what: the process that gets it
    fault = 4,     ///< an exception of a program. what: the vector, value: where
    interrupt = 5, ///< a device's. what: the line
    timer = 6,     ///< a core's own timer
};

/// One thing that happened.
struct TraceEntry {
    u64 time;    ///< nanoseconds since the kernel started
    u32 process; ///< whose thread the core ran when it was over; 0: none
    u16 event;   ///< TraceEvent
    u16 core;
    u64 what;
    u64 value;
};
static_assert(sizeof(TraceEntry) == 32);

} // namespace pith::abi
