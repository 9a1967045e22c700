#pragma once

#include "base/result.h"

#include <cstddef>
#include <span>

namespace pith::os {

/// From now on a page of a guarded mapping that is missing ends guarded_copy with an error. Mapping::guarded
/// does this.
[[nodiscard]] Result<> expect_missing_pages();

/// Copies bytes, to or from a guarded mapping (Mapping::guarded). Where a page is missing, `bad_address`, or
/// `closed` once its memory has ended: some bytes may have been copied then. Anywhere else touching such a
/// page ends the process. `to` is as long as `from`, and they do not overlap.
[[nodiscard]] Result<> guarded_copy(std::span<std::byte> to, std::span<const std::byte> from);
/// The same into memory of our own, which holds zeros and nothing from before where there is an error.
[[nodiscard]] Result<> guarded_fill(std::span<std::byte> to, std::span<const std::byte> from);
/// Zeros into a guarded mapping.
[[nodiscard]] Result<> guarded_clear(std::span<std::byte> to);

} // namespace pith::os
