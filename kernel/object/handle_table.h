#pragma once

#include "abi/handle.h"
#include "abi/rights.h"
#include "base/result.h"
#include "kernel/memory/account.h"
#include "kernel/object/object.h"

#include <array>
#include <functional>

namespace pith::kernel {

/// What a handle stands for: an object, what may be done with it, and for an endpoint the badge.
struct Capability {
    Ref<Object> object;
    abi::Rights rights;
    u64 badge = 0;
};

/// One place of a handle table. `key` is generation, rights and kind in one word, so that a lookup is one
/// comparison; an empty slot has kind `none`.
struct Slot {
    Object* object;
    u64 badge;
    u64 key;
    u32 next_free; ///< index; meaningful in a free slot only

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
        return ((key ^ ((handle.raw & ~u64{0xffff'ffff}) | need | static_cast<u64>(wanted_kind))) & (identity | need)) == 0;
    }
};
static_assert(sizeof(Slot) == 32);

/// A process's handles. Grows by pages, never by copying; every page is paid by the process's budget. A slot
/// whose generations are used up is retired.
class HandleTable {
  public:
    static constexpr u32 slots_per_page = page_size / sizeof(Slot);
    static constexpr u32 max_pages = page_size / sizeof(Slot*);

    explicit HandleTable(Account& account) : account_{account} {}
    HandleTable(const HandleTable&) = delete;
    ~HandleTable();

    /// The slot that a handle names, or null.
    [[nodiscard]] Slot* find(abi::Handle handle) {
        const u32 index = handle.index();
        if (index >= size_) return nullptr;
        Slot& slot = at(index);
        return slot.generation() == handle.generation() && slot.object ? &slot : nullptr;
    }
    /// As find, for one kind and rights, in one comparison (the fast path's lookup).
    [[nodiscard]] Slot* find(abi::Handle handle, abi::Kind kind, abi::Rights rights) {
        const u32 index = handle.index();
        if (index >= size_) return nullptr;
        Slot& slot = at(index);
        return slot.matches(handle, kind, rights) ? &slot : nullptr;
    }

    /// The object of type T that a handle names; `bad_handle`, `wrong_kind` or `denied`.
    template <class T>
    [[nodiscard]] Result<std::reference_wrapper<T>> get(abi::Handle handle, abi::Rights rights) {
        Slot* slot = TRY(check(handle, T::object_kind, rights));
        return std::ref(static_cast<T&>(*slot->object));
    }
    [[nodiscard]] Result<Slot*> check(abi::Handle handle, abi::Kind kind, abi::Rights rights);
    /// A copy with at most `rights`; the handle needs the copy right.
    [[nodiscard]] Result<Capability> copy(abi::Handle handle, abi::Rights rights);

    /// Puts a capability into a free slot.
    [[nodiscard]] Result<abi::Handle> insert(Capability capability);
    /// Empties the slot that `handle` was found in; its handles are stale from now on.
    Capability remove(abi::Handle handle) { return remove_at(handle.index()); }

    /// Sets a slot aside, so that a later `fill` cannot fail.
    [[nodiscard]] Result<u32> reserve();
    abi::Handle fill(u32 reserved, Capability capability);
    void unreserve(u32 reserved);

    /// Takes out one capability of the table, from the back; nothing when it is empty. For taking it apart.
    [[nodiscard]] bool take_last(Capability& out);
    [[nodiscard]] u32 handles_in_use() const { return in_use_; }
    /// Gives back every page. The table must be empty.
    void give_back_pages();

  private:
    friend class Inspector;
    static constexpr u32 no_slot = ~u32{0};

    [[nodiscard]] Slot& at(u32 index) const { return pages_[index / slots_per_page][index % slots_per_page]; }
    Capability remove_at(u32 index);
    [[nodiscard]] Result<> grow();
    void put_on_free_list(u32 index);

    Account& account_;
    Slot** pages_ = nullptr; // a frame of pointers to frames of slots
    u32 size_ = 0;           // slots that exist
    u32 free_ = no_slot;
    u32 in_use_ = 0;
    u32 taken_from_ = no_slot; // take_last: everything from here on is empty
};

} // namespace pith::kernel
