#pragma once

#include "base/list.h"
#include "kernel/memory/account.h"

namespace pith::kernel {

/// Closed accounts that have got something back which is their lenders'. Closed accounts may lie in one
/// another as deep as anybody likes: each hands on by itself, so that a frame that comes back to the
/// innermost costs no more than any other.
class Surpluses {
  public:
    /// `unsettled` is set when there is something to hand on.
    explicit Surpluses(bool& unsettled) : unsettled_{unsettled} {}
    void add(Account& account) {
        accounts_.push_back(account);
        unsettled_ = true;
    }
    [[nodiscard]] bool empty() const { return accounts_.empty(); }
    /// The one that came first hands on what it has by now.
    void hand_on_first() { accounts_.pop_front()->hand_on(); }

  private:
    bool& unsettled_;
    List<Account, &Account::surplus_link> accounts_;
};

} // namespace pith::kernel
