#pragma once

#include "kernel/memory/account.h"

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
    static void give(std::byte* slot);
    [[nodiscard]] u64 used() const { return used_; }

  private:
    friend class Inspector;
    struct Page;

    [[nodiscard]] Result<Page*> add_page();
    void link(Page* page);
    void unlink(Page* page);
    void give(Page* page, std::byte* slot, u32 offset);
    [[nodiscard]] std::byte* slot_at(Page* page, u16 slot) const;

    Account& account_;
    u32 slot_size_, first_slot_, slots_;
    Page* partial_ = nullptr; ///< pages with at least one free slot
    u64 used_ = 0;            ///< slots, in all pages
};

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
    [[nodiscard]] Result<T*> make(A&&... arguments) {
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
