#include "kernel/object/slot.h"

#include <bit>
#include <utility>

namespace pith::kernel {

namespace derivation {

namespace {

/// `head` to `tail`, linked among themselves, take the place of `slot` among its siblings.
void put_in_place_of(const Slot& slot, Slot& head, Slot& tail) {
    Slot& before = *slot.previous();
    const NextSibling after = slot.next;
    const bool is_first = before.next.is_last(); // the one before the first is the last
    const bool is_only = &before == &slot;
    Children* parent = is_first ? before.next.parent() : nullptr;
    head.standing.set_previous(is_only ? &tail : &before);
    tail.next = after;
    if (is_first)
        parent->first = &head;
    else
        before.next = NextSibling{&head};
    if (!after.is_last())
        after.sibling()->standing.set_previous(&tail);
    else
        after.parent()->first->standing.set_previous(&tail);
}

void close_gap(const Slot& slot) {
    Slot& before = *slot.previous();
    const NextSibling after = slot.next;
    if (&before == &slot) {
        after.parent()->first = nullptr;
        return;
    }
    if (before.next.is_last())
        before.next.parent()->first = after.sibling(); // the first of several
    else
        before.next = after;
    if (!after.is_last())
        after.sibling()->standing.set_previous(&before);
    else
        after.parent()->first->standing.set_previous(&before);
}

} // namespace

void remove(Slot& slot) {
    if (Slot* head = std::exchange(slot.children.first, nullptr))
        put_in_place_of(slot, *head, *head->previous());
    else
        close_gap(slot);
}

void replace(Slot& from, Slot& to) {
    put_in_place_of(from, to, to);
    Slot* head = std::exchange(from.children.first, nullptr);
    to.children.first = head;
    if (head) head->previous()->next = NextSibling{&to.children};
}

} // namespace derivation
} // namespace pith::kernel
