#pragma once

#include "kernel/memory/account.h"
#include "kernel/memory/task_tables.h"

#include <array>

namespace pith::kernel {

/// The I/O ports that an address space allows: a permission bitmap, which all cores find in the space behind
/// their task states, and the tables for that. Takes frames with the first port, so a space without any
/// costs nothing. Ports only come, until all go.
class PortTable {
  public:
    static constexpr u32 ports = 0x10000;
    static constexpr u64 frames = 5;

    /// `root`: of the space, which shares the kernel's tables until now.
    PortTable(Account& account, PhysAddr root) : account_{account}, root_{root} {}
    PortTable(const PortTable&) = delete;
    ~PortTable() { give_back(); }

    /// Whether the space has a bitmap of its own.
    [[nodiscard]] bool exists() const { return shared_.is_present(); }
    /// It gets one that allows nothing, or `no_memory`. Cores that have the space loaded know the other one
    /// until they forget it.
    [[nodiscard]] Result<> make();
    /// A range that lies below `ports`, where there is a bitmap. Cores look every time.
    void allow(u32 first, u32 count);
    /// As if it had never had any; no core has the space loaded.
    void give_back();

  private:
    friend class Inspector;
    static constexpr u32 ports_a_page = page_size * 8;

    void allow_within(u32 page, u32 first, u32 count);
    [[nodiscard]] FrameAccess access() const { return account_.access(); }

    Account& account_;
    PhysAddr root_;
    PageEntry shared_{}; ///< what the root's entry was before; absent: it is still
    std::array<PhysAddr, 2> bitmap_{};
    std::array<PhysAddr, 3> tables_{}; ///< from the top
};

} // namespace pith::kernel
