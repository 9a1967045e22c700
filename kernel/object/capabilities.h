#pragma once

#include "abi/rights.h"
#include "kernel/object/object.h"

namespace pith::kernel {

/// The handle tables tell where capabilities come and go; some objects end with the last of some right.
inline bool counts_capabilities(const Object& object) {
    return object.kind() == abi::Kind::endpoint || object.kind() == abi::Kind::queue;
}
void count_added(Object& object, abi::Rights rights);
void count_removed(Object& object, abi::Rights rights);

inline void capability_added(Object& object, abi::Rights rights) {
    if (counts_capabilities(object)) count_added(object, rights);
}
inline void capability_removed(Object& object, abi::Rights rights) {
    if (counts_capabilities(object)) count_removed(object, rights);
}

} // namespace pith::kernel
