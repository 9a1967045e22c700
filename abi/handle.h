#pragma once

#include "base/strong.h"

namespace pith::abi {

/// Names a slot in the calling process's own table: index in the low half, generation in the high half.
/// A generation starts at 1, so 0 is never a valid handle; where a call says so, it means "none".
struct Handle : Strong<struct HandleTag> {
    [[nodiscard]] constexpr u32 index() const { return static_cast<u32>(raw); }
    [[nodiscard]] constexpr u32 generation() const { return static_cast<u32>(raw >> 32); }
    [[nodiscard]] constexpr explicit operator bool() const { return raw != 0; }
    [[nodiscard]] static constexpr Handle make(u32 index, u32 generation) {
        return {{u64{generation} << 32 | index}};
    }
};

} // namespace pith::abi
