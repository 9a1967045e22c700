#pragma once

#include "kernel/memory/account.h"

#include <bit>
#include <memory>
#include <utility>

namespace pith::kernel {

/// The untyped part of Slab: slots of one size in frames of their own. A frame begins with a header, so it is
/// found from any slot by rounding down; it goes back to the account as soon as its last slot is free.
class SlotPages {
  public:
    SlotPages(Account& account, u32 slot_size, u32 alignment);
    ~SlotPages();
    SlotPages(const SlotPages&) = delete;
    SlotPages& operator=(const SlotPages&) = delete;

    [[nodiscard]] Result<std::byte*> take();
    static void give(std::byte* slot) {
        const u64 offset = std::bit_cast<u64>(slot) % page_size;
        Page* page = reinterpret_cast<Page*>(slot - offset);
        page->owner->give(page, slot, static_cast<u32>(offset));
    }
    [[nodiscard]] u64 used() const { return used_; }

  private:
    friend class Inspector;
    /// The start of every frame.
    struct Page {
        SlotPages* owner;
        Page *next, *previous; ///< in the owner's list of pages with free slots
        u16 used;              ///< slots in use
        u16 fresh;             ///< slots from this one on were never used
        u16 first_free;        ///< of those used before; each holds the next one's number
    };
    static constexpr u16 no_slot = 0xffff;

    [[nodiscard]] Result<Page*> add_page();
    void link(Page* page);
    void unlink(Page* page);
    void give(Page* page, std::byte* slot, u32 offset);
    [[nodiscard]] std::byte* slot_at(Page* page, u16 slot) const {
        return reinterpret_cast<std::byte*>(page) + first_slot_ + slot * slot_size_;
    }
    /// A free slot's own number of the next free one; copied, because slots may be aligned to one byte. Not
    /// by a call of memcpy.
    [[nodiscard]] static u16 load_next(const std::byte* slot) {
        u16 next;
        __builtin_memcpy_inline(&next, slot, sizeof next);
        return next;
    }
    static void store_next(std::byte* slot, u16 next) { __builtin_memcpy_inline(slot, &next, sizeof next); }

    Account& account_;
    u32 slot_size_, first_slot_, slots_;
    Page* partial_ = nullptr; ///< pages with at least one free slot
    u64 used_ = 0;            ///< slots, in all pages
};

[[gnu::always_inline]] inline Result<std::byte*> SlotPages::take() {
    if (account_.closed()) [[unlikely]]
        return fail(Error::no_memory);
    Page* page = partial_;
    if (!page) [[unlikely]]
        page = TRY(add_page());
    u16 slot = page->first_free;
    std::byte* address;
    if (slot != no_slot) {
        address = slot_at(page, slot);
        page->first_free = load_next(address);
    } else {
        slot = page->fresh++;
        address = slot_at(page, slot);
    }
    ++used_;
    if (++page->used == slots_) unlink(page);
    return address;
}

/// Objects of one type, paid by one account, a frame at a time. Making and destroying take constant time.
/// Outlives its objects.
template <class T>
class Slab {
  public:
    // The checks stand here rather than in the class, so that T may hold a Slab<T>.
    explicit Slab(Account& account)
        : pages_{account, sizeof(T) < min_slot ? min_slot : sizeof(T), alignof(T)} {
        static_assert(alignof(T) <= 64 && sizeof(T) <= page_size - 64);
    }

    template <class... A>
    [[nodiscard, gnu::always_inline]] Result<T*> make(A&&... arguments) {
        static_assert(alignof(T) <= 64 && sizeof(T) <= page_size - 64);
        return std::construct_at(reinterpret_cast<T*>(TRY(pages_.take())), std::forward<A>(arguments)...);
    }
    static void destroy(T* object) {
        std::destroy_at(object);
        SlotPages::give(reinterpret_cast<std::byte*>(object));
    }
    /// Objects that exist.
    [[nodiscard]] u64 size() const { return pages_.used(); }

  private:
    static constexpr u32 min_slot = 2; // a free slot holds the number of the next one

    SlotPages pages_;
};

/// One slab for each of some types.
template <class... T>
class Slabs : private Slab<T>... {
  public:
    explicit Slabs(Account& account) : Slab<T>{account}... {}
    template <class One>
    [[nodiscard]] Slab<One>& of() {
        return *this;
    }
    template <class One>
    [[nodiscard]] const Slab<One>& of() const {
        return *this;
    }
};

} // namespace pith::kernel
