#pragma once

#include "abi/rights.h"
#include "kernel/memory/account.h"

#include <optional>

namespace pith::kernel {

/// What one device reaches by which addresses, where the machine translates them: a tree of tables of 512
/// entries, as processors have them (VT-d 3.4, section 9.8). Covers a window of addresses that has a table
/// page for every 16 windows of 32 pages; tables stay until the end. As data: the same code for the real and
/// the simulated machine.
class DmaTable {
  public:
    static constexpr u64 window_start = u64{16} << 20; ///< neither 0 nor what old devices hold special
    static constexpr PageCount slot_size = pages(32);
    static constexpr u32 slots = 1024;

    /// `levels`: 3 or 4. Takes the frames of all but the last level.
    [[nodiscard]] static Result<DmaTable> create(Account& account, u32 levels);
    DmaTable(DmaTable&& other) noexcept;
    DmaTable& operator=(DmaTable&&) = delete;
    /// No device uses it any more.
    ~DmaTable();

    [[nodiscard]] PhysAddr root() const { return root_; }
    [[nodiscard]] static constexpr u64 address_of(u32 slot) {
        return window_start + slot * slot_size.bytes();
    }

    /// A table for the slot's entries, or `no_memory`.
    [[nodiscard]] Result<> prepare(u32 slot);
    /// One page of a slot that was prepared.
    void set(u32 slot, u64 page, PhysAddr frame, abi::Rights access);
    void clear(u32 slot, u64 page);

    /// What a device that reads or writes there reaches.
    [[nodiscard]] std::optional<PhysAddr> query(u64 address, abi::Rights access) const;
    [[nodiscard]] u64 frames() const { return frames_; }

  private:
    using Entry = u64;
    static constexpr u64 per_table = page_size / sizeof(Entry);

    DmaTable(Account& account, PhysAddr root, u32 levels)
        : account_{&account}, root_{root}, levels_{levels} {}
    [[nodiscard]] Entry* directory() const;
    [[nodiscard]] Entry* entry_of(u32 slot, u64 page) const;

    Account* account_;
    PhysAddr root_; ///< null: moved from
    u32 levels_;
    u64 frames_ = 1;
};

} // namespace pith::kernel
