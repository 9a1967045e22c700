#pragma once

#include "abi/trace.h"
#include "base/address.h"

#include <array>

/// What calls tell that return more than registers hold, and the numbers in it.
namespace pith::abi {

enum class ExitKind : u64 {
    exited = 0,  ///< detail: the status that it gave
    killed = 1,  ///< by who held the right
    faulted = 2, ///< detail: the vector, or fault::system_call; address: where (page fault) or rip
};

enum class PowerAction : u64 { off = 0, reboot = 1 };

struct ProcessEntry {
    u64 id;                    ///< counts up from 1; never used twice
    std::array<char, 16> name; ///< ends with the first zero
    u64 threads;
    u64 frames;     ///< charged to the budget it was made with, without what children's budgets hold
    u64 cpu_time;   ///< nanoseconds its threads ran
    u64 state;      ///< 0 alive, 1 ended
    u64 calls;      ///< messages sent with `call` or `send`
    u64 slow_calls; ///< those of them that did not take the fast path
    u64 cores;      ///< a bit for each that one of its threads may run on
};

/// A pixel as a 32-bit word, its parts named from the top byte down.
enum class PixelFormat : u64 { argb = 0, rgba = 1, abgr = 2, bgra = 3 };

/// The screen that the firmware set up.
struct ScreenEntry {
    PhysAddr address;
    u64 width, height; ///< pixels; 0: there is no screen
    u64 line_bytes;    ///< from one line to the next
    PixelFormat format;

    [[nodiscard]] constexpr u64 size() const { return height * line_bytes; } ///< bytes
};

struct SystemEntry {
    u64 frames_total; ///< RAM that the kernel manages
    u64 frames_free;
    u64 cores;
    u64 uptime;              ///< nanoseconds
    u64 fast_calls_of_ended; ///< messages sent with `call` that took the fast path, by processes that are
                             ///< gone
    u64 slow_calls;          ///< ... or with `send`, that did not, by all
    u64 abi_version;
    PhysAddr tables;    ///< the firmware's root table (ACPI: RSDT or XSDT); 0: there is none
    ScreenEntry screen; ///< shows what the kernel logs, until somebody makes Memory of it
    u64 longest_wait;   ///< nanoseconds that a core has waited for the kernel's lock, at most
};

} // namespace pith::abi
