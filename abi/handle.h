#pragma once

#include "base/strong.h"

namespace pith::abi {

/// Names a slot in the calling process's own table: generation in the high half, place in the low half. The
/// place is written as the kernel finds it: a page of the table in bits 23 to 31, the slot's place in that
/// page in bits 6 to 11, all others 0. A generation starts at 1, so 0 is never a valid handle; where a call
/// says so, it means "none".
struct Handle : Strong<struct HandleTag> {
    /// Slots of a page, counted through.
    [[nodiscard]] constexpr u32 index() const { return page() * 64 + slot_in_page(); }
    [[nodiscard]] constexpr u32 generation() const { return static_cast<u32>(raw >> 32); }
    [[nodiscard]] constexpr u32 page() const { return static_cast<u32>(raw) >> 23; }
    [[nodiscard]] constexpr u32 slot_in_page() const { return static_cast<u32>(raw) >> 6 & 63; }
    [[nodiscard]] constexpr explicit operator bool() const { return raw != 0; }
    [[nodiscard]] static constexpr Handle make(u32 index, u32 generation) {
        return {{u64{generation} << 32 | static_cast<u32>(index / 64 << 23 | index % 64 << 6)}};
    }
    /// The next that names the same slot, when what this one names is gone. 0 is the last one's.
    [[nodiscard]] constexpr Handle next_generation() const { return {{raw + (u64{1} << 32)}}; }
};

} // namespace pith::abi
