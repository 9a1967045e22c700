#pragma once

#include "base/result.h"
#include "base/types.h"

#include <bit>
#include <concepts>

namespace pith {

/// Arithmetic on foreign numbers: the result, or `bad_argument` where it would wrap.
template <std::unsigned_integral T>
[[nodiscard]] constexpr Result<T> checked_add(T a, T b) {
    T sum;
    if (__builtin_add_overflow(a, b, &sum)) return fail(Error::bad_argument);
    return sum;
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr Result<T> checked_multiply(T a, T b) {
    T product;
    if (__builtin_mul_overflow(a, b, &product)) return fail(Error::bad_argument);
    return product;
}

/// Whether [offset, offset + length) lies within [0, size), without wrapping.
[[nodiscard]] constexpr bool within(u64 offset, u64 length, u64 size) {
    return offset <= size && length <= size - offset;
}

/// Whether two ranges share anything. Neither wraps, nor is empty.
[[nodiscard]] constexpr bool overlap(u64 first, u64 count, u64 other, u64 other_count) {
    return first < other + other_count && other < first + count;
}

/// `alignment` is a power of two. The caller knows that rounding up cannot wrap.
[[nodiscard]] constexpr u64 align_down(u64 value, u64 alignment) { return value & ~(alignment - 1); }
[[nodiscard]] constexpr u64 align_up(u64 value, u64 alignment) {
    return align_down(value + alignment - 1, alignment);
}
[[nodiscard]] constexpr bool is_aligned(u64 value, u64 alignment) { return (value & (alignment - 1)) == 0; }

} // namespace pith
