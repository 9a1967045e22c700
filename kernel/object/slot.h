#pragma once

#include "abi/handle.h"
#include "abi/objects.h"
#include "abi/rights.h"
#include "kernel/object/derivation.h"

namespace pith::kernel {

class Badge;
class Object;
class Thread;

/// One place of a handle table. `key` is generation, rights and kind in one word, so that a lookup is one
/// comparison; an empty slot has kind `none`. One cache line; lies in a zeroed frame and is never
/// constructed.
struct Slot {
    Object* object;
    u64 badge; ///< in a free slot: the index of the next free one
    u64 key;
    Badge* record;     ///< of a badge that was minted; owned, as a BadgeRef
    Thread* users;     ///< threads that wait through this slot (SlotUse), or did before it was closed
    Children children; ///< what was derived from it and was not closed, or given to it by such a one's end
    Slot* previous;    ///< sibling; of the first one: the last one
    NextSibling next;

    static constexpr u64 copied = u64{1} << 24; ///< in `key`: came from another capability

    [[nodiscard]] u32 generation() const { return static_cast<u32>(key >> 32); }
    [[nodiscard]] abi::Rights rights() const { return {static_cast<u16>(key >> 8)}; }
    [[nodiscard]] abi::Kind kind() const { return static_cast<abi::Kind>(static_cast<u8>(key)); }

    [[nodiscard]] static constexpr u64 make_key(u32 generation, abi::Rights rights, abi::Kind kind) {
        return u64{generation} << 32 | u64{rights.raw} << 8 | static_cast<u64>(kind);
    }
    /// Whether this slot is what `handle` names, of that kind, with at least those rights.
    [[nodiscard]] bool matches(abi::Handle handle, abi::Kind wanted_kind, abi::Rights wanted) const {
        constexpr u64 identity = 0xffff'ffff'0000'00ff;
        const u64 need = u64{wanted.raw} << 8;
        return ((key ^ ((handle.raw & ~u64{0xffff'ffff}) | need | static_cast<u64>(wanted_kind))) &
                (identity | need)) == 0;
    }
};
static_assert(sizeof(Slot) == 64);

} // namespace pith::kernel
