#pragma once

#include "abi/startup.h"
#include "base/result.h"

#include <span>
#include <string_view>

namespace pith::os {

/// Fills a child's start-up page, which is zero at first (abi/startup.h).
class StartupPage {
  public:
    /// `features`: those that the parent was told of.
    StartupPage(abi::Startup& page, u64 features);
    /// Call for all grants and arguments first, the environment last. `too_large` where there is no room.
    [[nodiscard]] Result<> add_grant(std::string_view name, abi::Handle handle);
    [[nodiscard]] Result<> add_argument(std::string_view argument);
    /// What does not fit ends at the last whole line.
    void set_environment(std::string_view environment);

  private:
    [[nodiscard]] std::span<char> room() { return std::span{page_.text}.subspan(page_.text_length); }

    abi::Startup& page_;
};

} // namespace pith::os
