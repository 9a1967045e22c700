#include "kernel/memory/slab.h"

#include "base/panic.h"

#include <algorithm>

namespace pith::kernel {

/// The start of every frame.
struct SlotPages::Page {
    SlotPages* owner;
    Page *next, *previous; ///< in the owner's list of pages with free slots
    u16 used;              ///< slots in use
    u16 fresh;             ///< slots from this one on were never used
    u16 first_free;        ///< of those used before; each holds the next one's number
};

namespace {

constexpr u16 no_slot = 0xffff;

/// A free slot's own number of the next free one; copied, because slots may be aligned to one byte. Not by a
/// call of memcpy.
[[nodiscard]] u16 load_next(const std::byte* slot) {
    u16 next;
    __builtin_memcpy_inline(&next, slot, sizeof next);
    return next;
}
void store_next(std::byte* slot, u16 next) { __builtin_memcpy_inline(slot, &next, sizeof next); }

} // namespace

SlotPages::SlotPages(Account& account, u32 slot_size, u32 alignment)
    : account_{account},
      slot_size_{static_cast<u32>(align_up(slot_size, alignment))},
      first_slot_{static_cast<u32>(align_up(sizeof(Page), alignment))},
      slots_{(static_cast<u32>(page_size) - first_slot_) / slot_size_} {
    static_assert(sizeof(Page) <= 64);
}

SlotPages::~SlotPages() { require(used_ == 0, "a slab ends before its objects"); }

Result<std::byte*> SlotPages::take() {
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

void SlotPages::give(std::byte* slot) {
    const u64 offset = reinterpret_cast<std::uintptr_t>(slot) % page_size;
    Page* page = reinterpret_cast<Page*>(slot - offset);
    page->owner->give(page, slot, static_cast<u32>(offset));
}

void SlotPages::give(Page* page, std::byte* slot, u32 offset) {
    require(offset >= first_slot_ && (offset - first_slot_) % slot_size_ == 0,
            "destroyed what is in no slab");
    if (page->used == slots_) link(page);
    --used_;
    if (--page->used == 0) {
        unlink(page);
        account_.give_frame(account_.access().address_of(reinterpret_cast<std::byte*>(page)));
        return;
    }
    store_next(slot, page->first_free);
    page->first_free = static_cast<u16>((offset - first_slot_) / slot_size_);
}

std::byte* SlotPages::slot_at(Page* page, u16 slot) const {
    return reinterpret_cast<std::byte*>(page) + first_slot_ + slot * slot_size_;
}

Result<SlotPages::Page*> SlotPages::add_page() {
    std::byte* frame = account_.access()(TRY(account_.take_frame()));
    Page* page =
        std::construct_at(reinterpret_cast<Page*>(frame), Page{.owner = this, .first_free = no_slot});
    link(page);
    return page;
}

void SlotPages::link(Page* page) {
    page->previous = nullptr;
    page->next = partial_;
    if (partial_) partial_->previous = page;
    partial_ = page;
}

void SlotPages::unlink(Page* page) {
    if (page->next) page->next->previous = page->previous;
    if (page->previous)
        page->previous->next = page->next;
    else
        partial_ = page->next;
}

} // namespace pith::kernel
