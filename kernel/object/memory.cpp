#include "kernel/object/memory.h"

#include "kernel/memory/address_space.h"
#include "kernel/memory/frame_pointer.h"
#include "kernel/object/budget.h"

namespace pith::kernel {

Memory::Memory(Budget& payer, PageCount size)
    : Object{object_kind, payer}, kind_{Kind::anonymous}, size_{size} {
    payer.memories().push_back(*this);
}

Memory::Memory(Budget& payer, PhysAddr start, PageCount size, Range range, Cache cache)
    : Object{object_kind, payer},
      kind_{range == Range::device ? Kind::device : Kind::ram},
      cache_{cache},
      size_{size},
      start_{start} {
    payer.memories().push_back(*this);
}

Memory::Memory(Budget& payer, PageCount size, const Backing& backing, void* state)
    : Object{object_kind, payer}, kind_{Kind::backed}, size_{size}, backing_{&backing}, state_{state} {
    payer.memories().push_back(*this);
}

Memory::~Memory() {
    budget_link.unlink();
    while (!drain()) {
    }
}

Result<PhysAddr*> Memory::place_of(u64 page) {
    if (size_.raw <= inline_frames) return &few_[page];
    Account& account = payer().account();
    if (!root_) root_ = frame_as<PhysAddr*>(account, TRY(account.take_zeroed_frame()));
    PhysAddr*& table = root_[page / per_table];
    if (!table) table = frame_as<PhysAddr>(account, TRY(account.take_zeroed_frame()));
    return &table[page % per_table];
}

Result<bool> Memory::fill() {
    if (ended) return pith::fail(Error::wrong_state);
    Account& account = payer().account();
    for (u64 i = 0; i < slice && filled_ < size_.raw; ++i) {
        PhysAddr* place = TRY(place_of(filled_));
        *place = TRY(account.take_zeroed_frame());
        ++filled_;
    }
    return filled_ == size_.raw;
}

bool Memory::drain() {
    if (kind_ == Kind::backed) return backing_->drain(*this);
    if (kind_ != Kind::anonymous) return true;
    Account& account = payer().account();
    for (u64 i = 0; i < slice && filled_ > 0; ++i) {
        --filled_;
        account.give_frame(frame(filled_));
        if (!root_ || filled_ % per_table != 0) continue;
        PhysAddr*& table = root_[filled_ / per_table];
        account.give_frame(frame_of(account, table));
        table = nullptr;
    }
    if (filled_ > 0) return false;
    if (root_) {
        // A table that `fill` made without getting a frame for it.
        for (u64 i = 0; i < per_table; ++i)
            if (root_[i]) account.give_frame(frame_of(account, root_[i]));
        account.give_frame(frame_of(account, root_));
        root_ = nullptr;
    }
    return true;
}

void Memory::forget(u64 page) {
    for (Mapping& mapping : mappings)
        if (mapping.shows(page)) mapping.space.forget(mapping.address_of(page));
}

bool Memory::take_dirty(u64 page) {
    bool dirty = false;
    for (Mapping& mapping : mappings)
        if (mapping.shows(page)) dirty |= mapping.space.take_dirty(mapping.address_of(page));
    return dirty;
}

void Memory::exchange(u64 page, Memory& other, u64 other_page) {
    std::swap(frame_at(page), other.frame_at(other_page));
    for (Mapping& mapping : mappings)
        if (mapping.shows(page)) mapping.space.replace(mapping.address_of(page), frame(page));
    for (Mapping& mapping : other.mappings)
        if (mapping.shows(other_page))
            mapping.space.replace(mapping.address_of(other_page), other.frame(other_page));
}

} // namespace pith::kernel
