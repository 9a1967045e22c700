#pragma once

#include "kernel/memory/account.h"

namespace pith::kernel {

/// Page-table frames that are in no page table: taken in advance, or taken out and not to be used again
/// before every core has forgotten them. All zero but for a link, which reads as a page that is absent. What
/// is left at the end goes back to the account.
class TableFrames {
  public:
    explicit TableFrames(Account& account) : account_{&account} {}
    TableFrames(TableFrames&& other) noexcept;
    TableFrames& operator=(TableFrames&&) = delete;
    ~TableFrames() { give_back(); }

    /// All of `count`, or none.
    [[nodiscard]] static Result<TableFrames> take(Account& account, u64 count);

    void push(PhysAddr table);
    /// There is one: the caller has counted.
    [[nodiscard]] PhysAddr pop();
    void give_back();
    [[nodiscard]] u64 size() const { return size_; }

  private:
    Account* account_;
    PhysAddr first_{};
    u64 size_ = 0;
};

} // namespace pith::kernel
