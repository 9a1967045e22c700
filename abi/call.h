#pragma once

#include "abi/handle.h"

namespace pith::abi {

/// A flag or number whose type says which.
template <class T>
concept Argument = sizeof(T) <= 8;

struct Nothing {};
struct NewHandle {
    Handle handle;
};

} // namespace pith::abi
