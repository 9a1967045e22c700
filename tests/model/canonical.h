#pragma once

#include "tests/model/census.h"

namespace pith::model {

/// A number for the state of the whole system, the same for states that behave alike: handles' places and
/// generations, addresses, identities, statistics and points in time are left out; of deadlines their order
/// stays.
[[nodiscard]] u64 canonical_form(const Census& census, Kernel& kernel, Machine& machine, bool polling);

} // namespace pith::model
