#pragma once

#include "base/result.h"
#include "servers/fat/format.h"

#include <string>
#include <string_view>

/// File names as FAT has them: UTF-16 for long ones; for short ones eleven bytes of code page 437, which is
/// what is assumed, because no disk says which it is.
namespace pith::fat {

using ShortName = std::array<u8, 11>;

/// `bad_argument`: not UTF-8, or characters that no name may have, or an end that other systems take away;
/// `too_large`.
[[nodiscard]] Result<std::u16string> to_units(std::string_view name);
/// Half a pair becomes U+FFFD.
[[nodiscard]] std::string to_text(std::u16string_view name);
/// Names that differ only in this are the same.
[[nodiscard]] char16_t fold(char16_t unit);
[[nodiscard]] bool is_same_name(std::u16string_view a, std::u16string_view b);

/// What stands in the short name, as a name with its dot.
[[nodiscard]] std::u16string short_name_of(const Entry& entry);
/// What ties the pieces of a long name to the short one.
[[nodiscard]] u8 sum_of(const ShortName& name);

} // namespace pith::fat
