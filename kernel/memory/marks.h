#pragma once

#include "base/list.h"
#include "kernel/memory/account.h"

namespace pith::kernel {

/// Accounts that have fallen below their marks. They may do so in the middle of anything: whoever waits for
/// it is told when that is over.
class Marks {
  public:
    /// Both are set when there is somebody to tell.
    Marks(bool& changed, bool& unsettled) : changed_{changed}, unsettled_{unsettled} {}
    void add(Account& account) {
        passed_.push_back(account);
        changed_ = unsettled_ = true;
    }
    /// The next one; null: there is none.
    [[nodiscard]] Account* take() { return passed_.pop_front(); }
    [[nodiscard]] bool empty() const { return passed_.empty(); }

  private:
    bool& changed_;
    bool& unsettled_;
    List<Account, &Account::mark_link> passed_;
};

} // namespace pith::kernel
