#pragma once

#include "base/types.h"

#include <compare>

namespace pith {

/// A number that cannot be mistaken for another number. Arithmetic is opted into per type, beside the type.
template <class Tag, class Raw = u64>
struct Strong {
    Raw raw{};
    friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

} // namespace pith
