#include "kernel/object/memory.h"

#include "kernel/kernel.h"
#include "kernel/memory/frame_pointer.h"

#include <algorithm>
#include <cstring>

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
    for (u64 i = 0; i < slice && zeroed_ < size_.raw; ++i) {
        if (zeroed_ == filled_) {
            PhysAddr* place = TRY(place_of(filled_));
            if (is_aligned(filled_, piece.raw) && take_piece(place)) return false; // a slice by itself
            *place = TRY(account.take_frame());
            ++filled_;
        }
        std::memset(account.access()(frame(zeroed_)), 0, page_size);
        ++zeroed_;
    }
    return zeroed_ == size_.raw;
}

/// All frames of a table that is still empty, in one piece, unless a smaller one would have to do before.
bool Memory::take_piece(PhysAddr* table) {
    const bool are_all_pieces = pieces_ * piece.raw == filled_;
    if (!are_all_pieces || size_.raw - filled_ < piece.raw) return false;
    const auto first = payer().account().take_frames(piece_order);
    if (!first) return false;
    for (u64 page = 0; page < piece.raw; ++page)
        table[page] = *first + pages(page);
    filled_ += piece.raw;
    ++pieces_;
    return true;
}

PageCount Memory::in_pieces(PageCount from, PageCount count) const {
    if (!is_piece(from.raw)) return {};
    const u64 end = kind_ == Kind::anonymous ? pieces_ * piece.raw : size_.raw;
    return pages(align_down(std::min(end - from.raw, count.raw), piece.raw));
}

bool Memory::drain() {
    if (kind_ == Kind::backed) return backing_->drain(*this);
    if (kind_ != Kind::anonymous) return true;
    pieces_ = 0; // nobody sees it any more
    Account& account = payer().account();
    payer().owner().effort().spend(std::min(filled_, slice) * Effort::give_frame);
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
        for (u64 i = 0; i <= size_.raw / per_table && i < per_table; ++i)
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
    require(page / piece.raw >= pieces_ && other_page / piece.raw >= other.pieces_,
            "a page of a piece is to be exchanged");
    std::swap(frame_at(page), other.frame_at(other_page));
    for (Mapping& mapping : mappings)
        if (mapping.shows(page)) mapping.space.replace(mapping.address_of(page), frame(page));
    for (Mapping& mapping : other.mappings)
        if (mapping.shows(other_page))
            mapping.space.replace(mapping.address_of(other_page), other.frame(other_page));
}

} // namespace pith::kernel
