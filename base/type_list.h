#pragma once

#include "base/types.h"

#include <concepts>

namespace pith {

template <class...>
struct TypeList {};

template <class... T>
consteval u64 size_of(TypeList<T...>) {
    return sizeof...(T);
}

/// The place of T in the list; does not compile if it is not there.
template <class T, class... L>
    requires(std::same_as<T, L> || ...)
consteval u64 index_of(TypeList<L...>) {
    u64 index = 0;
    bool found = false;
    ((found = found || std::same_as<T, L>, index += found ? 0 : 1), ...);
    return index;
}

} // namespace pith
