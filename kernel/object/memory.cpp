#include "kernel/object/memory.h"

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

} // namespace pith::kernel
