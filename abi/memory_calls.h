#pragma once

#include "abi/call.h"
#include "base/address.h"

/// More calls about memory; syscalls.h lists all of them.
namespace pith::abi {

/// In MemoryMap's `access`: a thread that touches a page of the range that is not there goes on at its
/// recovery address (ThreadSetRecovery), where it has one: with the error in rax, the address that it touched
/// in rdx, and that of the instruction in rcx; all other registers stay.
inline constexpr u64 map_guarded = 0x100;

/// How the processor treats a physical range.
enum class CacheKind : u64 { uncached = 0, write_combining = 1 };

/// `count` pages from page `offset` on of what the handle reaches, as a handle to the same object that
/// reaches no more than that and has at most its rights. It derives from the first handle.     memory: copy
struct MemorySlice {
    using Reply = NewHandle;
    Handle memory;
    PageCount offset;
    PageCount count;
    u64 rights;
};
/// Nobody can write to the object's pages from now on. `wrong_state` while they are mapped somewhere for
/// writing; `denied` for a handle that reaches only a part.            memory: write
struct MemorySeal {
    using Reply = Nothing;
    Handle memory;
};
/// Ends all memory that the budget paid for, whoever holds it: what maps it loses its pages, and it cannot be
/// mapped any more. The frames come back in the background. Message buffers stay, and what a device reaches.
/// budget: reclaim
struct BudgetReclaim {
    using Reply = Nothing;
    Handle budget;
};
/// Where the calling thread goes on that touches a guarded mapping's missing page; 0: nowhere, it is a fault.
struct ThreadSetRecovery {
    using Reply = Nothing;
    VirtAddr address;
};

} // namespace pith::abi
