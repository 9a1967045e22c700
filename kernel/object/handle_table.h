#pragma once

#include "base/result.h"
#include "kernel/memory/account.h"
#include "kernel/object/badge.h"
#include "kernel/object/slot.h"

#include <array>
#include <functional>

namespace pith::kernel {

class Process;

/// What a handle stands for: an object, what may be done with it, and for an endpoint the badge. Outside of a
/// table it is in no tree; on its way into one it may know what it derives from.
struct Capability {
    Ref<Object> object;
    abi::Rights rights;
    u64 badge = 0;
    BadgeRef record{};      ///< of a badge that was minted
    Slot* source = nullptr; ///< what it was copied from; null: it came with the object
};

/// A process's handles. Grows by pages, never by copying, so that slots stay where they are; every page is
/// paid by the process's budget. The first slot of a page is no capability but tells table and page
/// (`owner_of`). A slot whose generations are used up is retired.
class HandleTable {
  public:
    static constexpr u32 slots_per_page = page_size / sizeof(Slot);
    static constexpr u32 handles_per_page = slots_per_page - 1;
    static constexpr u32 max_pages = page_size / sizeof(Slot*);

    /// `process`: whose handles these are; null: a queue's, which nobody waits through.
    explicit HandleTable(Account& account, Process* process = nullptr);
    HandleTable(const HandleTable&) = delete;
    ~HandleTable();

    /// The slot that a handle names, or null.
    [[nodiscard]] Slot* find(abi::Handle handle) {
        Slot& slot = place_of(handle);
        if (slot.name != handle) [[unlikely]]
            return nullptr;
        if (!slot.object) [[unlikely]]
            return nullptr;
        return &slot;
    }
    /// A table that will stay: from now on `pages` does not change until the table ends.
    [[nodiscard]] Result<> prepare();
    [[nodiscard]] Slot* const* pages() const { return pages_; }
    [[nodiscard]] bool is_prepared() const;
    /// As find in a table with these `pages`, for what Standing has a flag for: kind and right in one.
    [[nodiscard]] static const Slot* find(Slot* const* pages, abi::Handle handle, u64 flag) {
        const Slot& slot = pages[handle.page()][handle.slot_in_page()];
        if (slot.name != handle) [[unlikely]]
            return nullptr;
        return slot.standing.has(flag) ? &slot : nullptr;
    }

    /// The object of type T that a handle names; `bad_handle`, `wrong_kind` or `denied`.
    template <class T>
    [[nodiscard]] Result<std::reference_wrapper<T>> get(abi::Handle handle, abi::Rights rights) {
        Slot* slot = TRY(check(handle, T::object_kind, rights));
        return std::ref(static_cast<T&>(*slot->object));
    }
    [[nodiscard]] Result<Slot*> check(abi::Handle handle, abi::Kind kind, abi::Rights rights) {
        Slot* slot = find(handle);
        if (!slot) [[unlikely]]
            return fail(Error::bad_handle);
        if (slot->object->kind() != kind) [[unlikely]]
            return fail(Error::wrong_kind);
        if (!slot->rights().has(rights)) [[unlikely]]
            return fail(Error::denied);
        return slot;
    }
    /// A copy with at most `rights`; the handle needs the copy right. It goes into a table before anything
    /// else happens.
    [[nodiscard]] Result<Capability> copy(abi::Handle handle, abi::Rights rights);

    /// Puts a capability into a free slot.
    [[nodiscard]] Result<abi::Handle> insert(Capability capability);
    /// Empties the slot that `handle` was found in; its handles are stale from now on.
    Capability remove(abi::Handle handle) { return remove_at(handle.index()); }

    /// Moves a capability into a slot that was set aside in `to`: its place in the tree, too. To whoever
    /// waits through it, it is as if it had been closed.
    abi::Handle move(abi::Handle handle, HandleTable& to, u32 reserved);

    /// Null: it is a queue's.
    [[nodiscard]] Process* process() const { return process_; }

    /// The table that a slot lies in.
    [[nodiscard]] static HandleTable& owner_of(Slot& slot);
    /// As remove, for a slot in whatever table.
    static Capability remove(Slot& slot) { return owner_of(slot).remove_at(slot.name.index()); }

    /// Sets a slot aside, so that a later `fill` cannot fail.
    [[nodiscard]] Result<u32> reserve();
    abi::Handle fill(u32 reserved, Capability capability);
    /// ... with a copy of what is in a slot of whatever table, with the same rights.
    abi::Handle fill_with_copy(u32 reserved, Slot& source);
    void unreserve(u32 reserved);
    /// Makes room for so many handles at once, so that reserving them takes no memory.
    [[nodiscard]] Result<> provide(u32 count);

    /// Takes out one capability of the table, from the back; nothing when it is empty. For taking it apart.
    [[nodiscard]] bool take_last(Capability& out);
    [[nodiscard]] u32 handles_in_use() const { return in_use_; }
    [[nodiscard]] u32 page_count() const { return size_ / slots_per_page; }
    /// Gives back a slice of its pages. True when none are left. The table must be empty.
    [[nodiscard]] bool give_back_pages();
    static constexpr u32 pages_a_slice = 32;

  private:
    friend class Inspector;
    static constexpr u32 no_slot = ~u32{0};
    static_assert(slots_per_page == 64 && max_pages == 512, "abi::Handle counts on these");

    /// Where a slot of that name would lie: somewhere harmless, whatever the number. Pages that the table
    /// does not have are one page that all tables share, whose slots nothing names.
    [[nodiscard]] Slot& place_of(abi::Handle handle) const {
        return pages_[handle.page()][handle.slot_in_page()];
    }
    [[nodiscard]] Slot& at(u32 index) const { return pages_[index / slots_per_page][index % slots_per_page]; }
    Capability remove_at(u32 index);
    void empty(u32 index);
    [[nodiscard]] Result<> grow();
    void put_on_free_list(u32 index);

    Account& account_;
    Process* process_;
    Slot** pages_; // a frame of pointers to frames of slots
    u32 size_ = 0; // slots that exist
    u32 free_ = no_slot;
    u32 in_use_ = 0;
    u32 taken_from_ = no_slot; // take_last: everything from here on is empty
};

} // namespace pith::kernel
