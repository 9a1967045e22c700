#pragma once

#include "kernel/debug/log.h"
#include "kernel/machine/x86_64/boot/kernel_space.h"
#include "kernel/machine/x86_64/core_local.h"
#include "kernel/machine/x86_64/panic.h"
#include "kernel/machine/x86_64/trap_table.h"

#include <array>
#include <span>

namespace pith::kernel {

class Machine;

/// All processor cores: the one that boots, and those that have reported in start.S.
class Cores {
  public:
    Cores(CoreLocal& boot_core, PanicRoom& room) : room_{room} { cores_[count_++] = &boot_core; }

    /// Until `expected` other cores are here, or it takes too long. Memory that the loader calls free may
    /// hold the code they are still running, so nothing of it is touched before.
    static void wait_for_arrival(u32 expected, Log& log);
    /// Per-core data and stacks for everyone who is here; who comes later stays out.
    void prepare(Account& account, KernelSpace& space);
    /// Stacks, and a place for its task state; the core has not loaded that yet.
    void give_places(CoreLocal& core, KernelSpace& space) const;
    /// Lets the prepared cores run: each ends in the kernel's idle loop.
    void release(Machine& machine, const TrapTable& traps, PhysAddr root) const;

    [[nodiscard]] std::span<CoreLocal* const> all() const { return std::span{cores_}.first(count_); }

  private:
    PanicRoom& room_;
    std::array<CoreLocal*, layout::max_cores> cores_{};
    u32 count_ = 0;
};

} // namespace pith::kernel
