#pragma once

#include "abi/rights.h"
#include "kernel/object/object.h"

namespace pith::kernel {

/// The handle tables tell where capabilities come and go; some objects end with the last of some right.
void capability_added(Object& object, abi::Rights rights);
void capability_removed(Object& object, abi::Rights rights);

} // namespace pith::kernel
