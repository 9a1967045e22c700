#pragma once

#include "servers/fat/names.h"

#include <optional>
#include <vector>

namespace pith::fat {

/// Finds a short name for a new file, other than all those that are in the directory.
class ShortNames {
  public:
    explicit ShortNames(std::u16string_view name);
    /// The name is a short one as it stands, and needs no long one beside it.
    [[nodiscard]] bool is_exact() const { return is_exact_; }
    /// One that is taken.
    void note(const ShortName& taken);
    /// Nothing where all numbers are taken.
    [[nodiscard]] std::optional<ShortName> pick() const;

  private:
    static constexpr u32 most_number = 999'999;
    [[nodiscard]] ShortName with_number(u32 number) const;

    ShortName plain_{};    ///< without a number
    std::size_t base_ = 0; ///< how much of it is in use
    bool is_exact_ = true;
    bool needs_number_ = false; ///< something was left out or replaced
    std::vector<bool> numbers_; ///< taken
};

} // namespace pith::fat
