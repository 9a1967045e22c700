#pragma once

#include "base/address.h"
#include "base/checked.h"
#include "base/list.h"
#include "base/result.h"
#include "kernel/memory/account.h"
#include "kernel/memory/backing.h"
#include "kernel/memory/mapping.h"
#include "kernel/memory/page_entry.h"
#include "kernel/object/object.h"

#include <array>

namespace pith::kernel {

/// The part of a memory object that a handle reaches, as a slot's badge: 0 for all of it.
struct Window {
    PageCount offset, count;

    [[nodiscard]] static constexpr Window of(u64 badge, PageCount size) {
        if (badge == 0) return {{}, size};
        return {pages(badge & 0xffff'ffff), pages(badge >> 32)};
    }
    [[nodiscard]] constexpr u64 badge() const { return count.raw << 32 | offset.raw; }
};

/// A range of pages: anonymous memory, charged in full when it is made, or a physical range.
class Memory final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::memory;
    static constexpr PageCount max_pages = pages(u64{1} << 18);
    /// Frames that one slice of `fill` or `drain` handles.
    static constexpr u64 slice = 16;

    /// Anonymous; has no frames until `fill` is done.
    Memory(Budget& payer, PageCount size);
    enum class Range : u8 { ram, device };
    Memory(Budget& payer, PhysAddr start, PageCount size, Range range, Cache cache = Cache::normal);
    /// Of some kind that brings its pages itself; `state` is that kind's.
    Memory(Budget& payer, PageCount size, const Backing& backing, void* state);
    ~Memory();

    [[nodiscard]] PageCount size() const { return size_; }
    [[nodiscard]] bool is_device() const { return kind_ == Kind::device; }
    [[nodiscard]] Cache cache() const { return cache_; }
    [[nodiscard]] const Backing* backing() const { return backing_; }
    [[nodiscard]] void* state() const { return state_; }

    /// Takes and zeroes a slice of the frames. True when all are there.
    [[nodiscard]] Result<bool> fill();
    /// A device reaches it, perhaps for writing: it does not end meanwhile.
    void add_device() { ++devices_, ++writable; }
    void remove_device() { --devices_, --writable; }
    [[nodiscard]] bool may_end() const { return !pinned && devices_ == 0; }
    /// No mapping shows the page any more; it is asked for again when it is touched. For objects with a
    /// Backing.
    void forget(u64 page);
    /// Whether anybody has written to the page since this was last asked.
    [[nodiscard]] bool take_dirty(u64 page);
    /// Two pages of anonymous objects of one payer change places, for all who see them. Neither is a part of
    /// a piece.
    void exchange(u64 page, Memory& other, u64 other_page);

    /// Gives back a slice of the frames. True when none are left.
    [[nodiscard]] bool drain();

    // Pieces of 2 MiB whose frames lie side by side, aligned to their size: shown by large pages where the
    // address fits. Anonymous objects have as many as there were when they were made, from page 0 on.
    [[nodiscard]] bool has_pieces() const { return kind_ == Kind::anonymous ? pieces_ > 0 : !backing_; }
    /// Whether one begins at this page.
    [[nodiscard]] bool is_piece(u64 page) const {
        if (!within(page, piece.raw, size_.raw) || !has_pieces()) return false;
        if (kind_ == Kind::anonymous) return page % piece.raw == 0 && page / piece.raw < pieces_;
        return is_aligned(frame(page).raw, piece.bytes());
    }
    /// How many pages from this one on, of `count`, are pieces without a gap.
    [[nodiscard]] PageCount in_pieces(PageCount from, PageCount count) const;

    /// The frame behind a page below `size`.
    [[nodiscard]] PhysAddr frame(u64 page) const {
        if (kind_ != Kind::anonymous) return start_ + pages(page);
        return root_ ? table_of(page)[page % per_table] : few_[page];
    }

    List<Mapping, &Mapping::memory_link> mappings; ///< all that show it, in whatever space
    u64 writable = 0;                              ///< of these, and of whatever else may write to it
    bool sealed = false;                           ///< nobody will write to it any more
    bool pinned = false; ///< the kernel itself uses it: it does not end before its last reference
    /// Its budget has been reclaimed: it is not mapped any more, and loses its frames.
    bool ended = false;
    ListLink budget_link; ///< what the budget paid for

    ListLink reclaim_link; ///< large objects that are being taken apart

  private:
    friend class Inspector;
    enum class Kind : u8 { anonymous, ram, device, backed };
    static constexpr u64 inline_frames = 6;
    static constexpr u64 per_table = page_size / sizeof(PhysAddr);
    static constexpr PageCount piece = pages_in(PageSize::large);
    static constexpr unsigned piece_order = 9;
    static_assert(piece.raw == per_table && piece.raw == u64{1} << piece_order);

    [[nodiscard]] Result<PhysAddr*> place_of(u64 page);
    [[nodiscard]] bool take_piece(PhysAddr* table);
    [[nodiscard]] PhysAddr& frame_at(u64 page) {
        return root_ ? table_of(page)[page % per_table] : few_[page];
    }
    [[nodiscard]] PhysAddr* table_of(u64 page) const { return root_[page / per_table]; }

    Kind kind_;
    Cache cache_ = Cache::normal;
    u32 devices_ = 0;
    PageCount size_;
    const Backing* backing_ = nullptr;
    void* state_ = nullptr;
    PhysAddr start_{};                          // physical ranges
    u64 filled_ = 0;                            // anonymous: frames that are there, from page 0 on
    u64 zeroed_ = 0;                            // ... and are zeroed
    u64 pieces_ = 0;                            // ... of 2 MiB, from page 0 on
    std::array<PhysAddr, inline_frames> few_{}; // the frames of small objects; of larger ones see root_
    PhysAddr** root_ = nullptr;                 // a frame of pointers to frames of frame addresses
};

inline Mapping::Mapping(Budget&, AddressSpace& space, Memory& memory, PageRange range, PageCount offset,
                        View view)
    : space{space}, memory{memory}, range{range}, offset{offset}, view{view} {
    memory.mappings.push_back(*this);
    memory.writable += view.access.has(abi::rights::memory::write) ? 1 : 0;
}

inline void Mapping::set_access(abi::Rights access) {
    constexpr abi::Rights write = abi::rights::memory::write;
    if (memory) memory->writable += u64{access.has(write)} - u64{view.access.has(write)};
    view.access = access;
}

inline void Mapping::lose_memory() {
    if (!memory) return;
    memory_link.unlink();
    memory->writable -= view.access.has(abi::rights::memory::write) ? 1 : 0;
    memory.reset();
}

} // namespace pith::kernel
