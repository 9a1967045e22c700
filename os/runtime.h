#pragma once

#include "abi/message.h"
#include "abi/startup.h"
#include "os/objects.h"
#include "os/ranges.h"

#include <string_view>

namespace pith::os {

/// What the library keeps for the whole process. A process that uses it has one thread.
struct Runtime {
    abi::MessageBuffer* buffer = nullptr;
    std::string_view name = "?"; ///< for messages to people
    u64 features = 0;            ///< what the machine has beyond what every one has (abi::feature)
    Process self;                ///< with the right to map, where it was granted
    abi::Handle log{};           ///< a System that may write to the kernel's log, borrowed from the grants
    /// Where a person would read of the process's end, if there is such a place.
    void (*complain)(std::string_view line) = nullptr;
    /// Where programs map memory: in the first GiB, so that page tables are shared with the program itself.
    Ranges window{VirtAddr{0x1000'0000}, pages(0x2'0000)};
};

Runtime& runtime();

inline abi::MessageBuffer& message_buffer() { return *runtime().buffer; }

/// Adds a line to the kernel's log, where the process was granted that; else nothing. The kernel says whose
/// it is. One longer than abi::LogWrite::longest becomes several.
void log_line(std::string_view text);

/// The last words of a process: to the log, and to the person at its terminal, where it has these.
void complain(std::string_view text);

/// Ends the process.
[[noreturn]] void exit(u64 status);

} // namespace pith::os
