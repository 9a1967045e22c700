#pragma once

#include "base/types.h"

#include <bit>
#include <type_traits>

namespace pith::os {

/// What a program may do with a register.
enum class Access : u8 { read_write, read_only, write_only };

/// One register as a data sheet describes it: where it lies behind the first one, the type of what it holds
/// (a number, or a structure of bit fields of that size), and what can be done with it.
template <class T, u32 offset, Access allowed = Access::read_write>
struct Register {
    static_assert(sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);
    static_assert(std::is_trivially_copyable_v<T>);
    using Value = T;
    /// What goes over the bus.
    using Bits = std::conditional_t<
        sizeof(T) == 1, u8,
        std::conditional_t<sizeof(T) == 2, u16, std::conditional_t<sizeof(T) == 4, u32, u64>>>;
    static constexpr u32 at = offset;
    static constexpr bool can_read = allowed != Access::write_only;
    static constexpr bool can_write = allowed != Access::read_only;
};

} // namespace pith::os
