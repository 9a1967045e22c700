#pragma once

#include "abi/handle.h"
#include "abi/objects.h"
#include "abi/rights.h"
#include "kernel/object/derivation.h"
#include "kernel/object/object.h"

#include <bit>

namespace pith::kernel {

class Badge;
class Thread;

/// The sibling before a slot, and what the slot allows, in one word: slots are cache lines, and addresses
/// have 48 bits, so a pointer leaves 22 free.
class Standing {
  public:
    static constexpr u64 copied = u64{1} << 16; ///< came from another capability
    // For what is to be fast: an endpoint, and the right to call it, to receive from it.
    static constexpr u64 may_call = u64{1} << 17;
    static constexpr u64 may_receive = u64{1} << 18;
    static constexpr u64 may_signal = u64{1} << 19; ///< a notification

    [[nodiscard]] Slot* previous() const {
        return std::bit_cast<Slot*>(static_cast<i64>(raw_) >> flag_bits << slot_bits);
    }
    void set_previous(Slot* slot) {
        raw_ = std::bit_cast<u64>(slot) << (flag_bits - slot_bits) | (raw_ & flags);
    }
    [[nodiscard]] abi::Rights rights() const { return {static_cast<u16>(raw_)}; }
    [[nodiscard]] bool has(u64 flag) const { return (raw_ & flag) != 0; }
    /// Whatever it allowed before, from now on it is this.
    void allow(abi::Rights rights, abi::Kind kind, bool was_copied) {
        const bool endpoint = kind == abi::Kind::endpoint, notification = kind == abi::Kind::notification;
        raw_ = (raw_ & ~flags) | rights.raw | (was_copied ? copied : 0) |
               (endpoint && rights.has(abi::rights::endpoint::call) ? may_call : 0) |
               (endpoint && rights.has(abi::rights::endpoint::receive) ? may_receive : 0) |
               (notification && rights.has(abi::rights::notification::signal) ? may_signal : 0);
    }
    /// As another capability, which it was copied from.
    void allow_as(const Standing& other) { raw_ = (raw_ & ~flags) | (other.raw_ & flags) | copied; }
    void forget() { raw_ = 0; }

  private:
    static constexpr unsigned slot_bits = 6, flag_bits = 22;
    static constexpr u64 flags = (u64{1} << flag_bits) - 1;
    u64 raw_;
};

/// One place of a handle table: one cache line. Lies in a zeroed frame and is never constructed.
struct Slot {
    Object* object; ///< null: free, set aside, retired, or the head of a page
    u64 badge;      ///< in a free slot: the index of the next free one
    /// What names it now; in an empty one, what will name it next. So one comparison tells whether a handle
    /// is within bounds, well-formed and not stale. Generation 0: retired.
    abi::Handle name;
    Badge* record;     ///< of a badge that was minted; owned, as a BadgeRef
    Thread* users;     ///< threads that wait through this slot (SlotUse), or did before it was closed
    Children children; ///< what was derived from it and was not closed, or given to it by such a one's end
    Standing standing; ///< in an empty slot: nothing is allowed
    NextSibling next;

    [[nodiscard]] u32 generation() const { return name.generation(); }
    [[nodiscard]] abi::Rights rights() const { return standing.rights(); }
    /// Of what it holds: it is in use.
    [[nodiscard]] abi::Kind kind() const { return object->kind(); }
    [[nodiscard]] bool was_copied() const { return standing.has(Standing::copied); }
    /// Sibling; of the first one: the last one.
    [[nodiscard]] Slot* previous() const { return standing.previous(); }
};
static_assert(sizeof(Slot) == 64);

inline NextSibling::NextSibling(Slot* sibling) : raw_{std::bit_cast<u64>(sibling)} {}
inline NextSibling::NextSibling(Children* parent) : raw_{std::bit_cast<u64>(parent) | last} {}
inline Slot* NextSibling::sibling() const { return std::bit_cast<Slot*>(raw_); }
inline Children* NextSibling::parent() const { return std::bit_cast<Children*>(raw_ & ~last); }

inline void derivation::adopt(Children& parent, Slot& child) {
    Slot* first = std::exchange(parent.first, &child);
    if (first) {
        child.standing.set_previous(first->previous());
        first->standing.set_previous(&child);
        child.next = NextSibling{first};
    } else {
        child.standing.set_previous(&child);
        child.next = NextSibling{&parent};
    }
}

} // namespace pith::kernel
