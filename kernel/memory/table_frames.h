#pragma once

#include "kernel/memory/account.h"

#include <utility>

namespace pith::kernel {

/// Page-table frames that are in no page table: taken in advance, or taken out and not to be used again
/// before every core has forgotten them. All zero but for a link, which reads as a page that is absent. What
/// is left at the end goes back to the account.
class TableFrames {
  public:
    explicit TableFrames(Account& account) : account_{&account} {}
    TableFrames(TableFrames&& other) noexcept
        : account_{other.account_}, first_{other.first_}, size_{std::exchange(other.size_, 0)} {}
    TableFrames& operator=(TableFrames&&) = delete;
    ~TableFrames() {
        if (size_ > 0) give_back();
    }

    /// `count` more, or none.
    [[nodiscard]] Result<> take(u64 count);

    void push(PhysAddr table);
    /// There is one: the caller has counted.
    [[nodiscard]] PhysAddr pop();
    void give_back();
    [[nodiscard]] u64 size() const { return size_; }

  private:
    Account* account_;
    PhysAddr first_{}; ///< of `size_`
    u64 size_ = 0;
};

} // namespace pith::kernel
