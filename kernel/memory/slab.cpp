#include "kernel/memory/slab.h"

#include "base/panic.h"

#include <algorithm>

namespace pith::kernel {

SlotPages::SlotPages(Account& account, u32 slot_size, u32 alignment)
    : account_{account},
      slot_size_{static_cast<u32>(align_up(slot_size, alignment))},
      first_slot_{static_cast<u32>(align_up(sizeof(Page), alignment))},
      slots_{(static_cast<u32>(page_size) - first_slot_) / slot_size_} {
    static_assert(sizeof(Page) <= 64);
}

SlotPages::~SlotPages() { require(used_ == 0, "a slab ends before its objects"); }

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
