#include "os/heap.h"

#include "base/checked.h"

namespace pith::os {
namespace {

std::byte* address_of(void* pointer) { return static_cast<std::byte*>(pointer); }

} // namespace

void* Heap::allocate(u64 bytes) {
    if (bytes > (u64{1} << 40)) return nullptr;
    const u64 size = align_up(bytes == 0 ? 1 : bytes, 16) + sizeof(Piece);
    Piece* piece = take_fitting(size);
    if (piece == nullptr) {
        const std::span<std::byte> more = grow_(size);
        if (more.size() < size) return nullptr;
        insert(new (more.data()) Piece{align_down(more.size(), 16), nullptr});
        piece = take_fitting(size);
    }
    return piece == nullptr ? nullptr : address_of(piece) + sizeof(Piece);
}

Heap::Piece* Heap::take_fitting(u64 size) {
    for (Piece** link = &free_; *link != nullptr; link = &(*link)->next) {
        Piece* piece = *link;
        if (piece->size < size) continue;
        const u64 left = piece->size - size;
        if (left < 2 * sizeof(Piece)) {
            *link = piece->next;
        } else {
            *link = new (address_of(piece) + size) Piece{left, piece->next};
            piece->size = size;
        }
        return piece;
    }
    return nullptr;
}

void Heap::free(void* pointer) {
    if (pointer == nullptr) return;
    insert(reinterpret_cast<Piece*>(address_of(pointer) - sizeof(Piece)));
}

void Heap::insert(Piece* piece) {
    Piece* before = nullptr;
    Piece* after = free_;
    while (after != nullptr && after < piece) {
        before = after;
        after = after->next;
    }
    piece->next = after;
    (before == nullptr ? free_ : before->next) = piece;
    if (after != nullptr && address_of(piece) + piece->size == address_of(after)) {
        piece->size += after->size;
        piece->next = after->next;
    }
    if (before != nullptr && address_of(before) + before->size == address_of(piece)) {
        before->size += piece->size;
        before->next = piece->next;
    }
}

u64 Heap::free_bytes() const {
    u64 sum = 0;
    for (const Piece* piece = free_; piece != nullptr; piece = piece->next)
        sum += piece->size;
    return sum;
}

} // namespace pith::os
