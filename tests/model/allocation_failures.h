#pragma once

#include "kernel/memory/slab.h"

#include <map>

namespace pith::kernel {

/// The linker puts this between the kernel and what it allocates by (--wrap, in CMakeLists.txt): frames,
/// shares of budgets, pages of slabs. A test chooses which allocation from now on fails.
class AllocationFailures {
  public:
    static AllocationFailures& get();

    /// Number `failing` fails, counted from 1; 0: none.
    void begin(u64 failing) { count_ = 0, failing_ = failing; }
    /// Since `begin`.
    [[nodiscard]] u64 count() const { return count_; }
    [[nodiscard]] bool has_failed() const { return failing_ != 0 && count_ >= failing_; }

    /// Whether the one that is under way fails, and who asked: where its call comes back to.
    [[nodiscard]] bool next_fails(void* site);
    /// How often the allocation there failed.
    [[nodiscard]] const std::map<void*, u64>& sites() const { return sites_; }

  private:
    u64 count_ = 0, failing_ = 0;
    std::map<void*, u64> sites_;
};

} // namespace pith::kernel
