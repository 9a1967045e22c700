#pragma once

#include "loader/memory_map.h"

namespace pith::loader {

/// The page through which every core enters the kernel (handoff.S).
class Handoff {
  public:
    /// `below`: 1 MiB if application cores shall start in it. `root`: the kernel's page tables.
    [[nodiscard]] static Outcome<Handoff> make(MemoryMap& map, u64 below, PhysAddr root);

    /// What a start-up message names.
    [[nodiscard]] u8 start_vector() const { return static_cast<u8>(page_.raw >> page_shift); }
    /// Application cores that wait at the gate.
    [[nodiscard]] u32 arrived() const;
    /// Who has not arrived by now never will; returns how many cores there are with the boot core.
    [[nodiscard]] u32 close();

    /// Enters the kernel on every core that arrived. Interrupts are off.
    [[noreturn]] void enter(VirtAddr entry, u32 stack_size);

  private:
    struct Parameters;
    explicit Handoff(PhysAddr page) : page_(page) {}
    [[nodiscard]] Parameters& parameters() const;

    PhysAddr page_;
};

} // namespace pith::loader
