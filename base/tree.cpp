#include "base/tree.h"

namespace pith {

void TreeRoot::put_in_place_of(TreeLink& old, TreeLink* link) {
    TreeLink* parent = old.parent_;
    if (!parent)
        root_ = link;
    else
        parent->child_[parent->child_[1] == &old] = link;
    if (link) link->parent_ = parent;
}

/// The child of `top` that lies on that side comes above it.
TreeLink& TreeRoot::rotate(TreeLink& top, bool behind) {
    TreeLink& child = *top.child_[behind];
    put_in_place_of(top, &child);
    TreeLink* between = child.child_[!behind];
    top.child_[behind] = between;
    if (between) between->parent_ = &top;
    child.child_[!behind] = &top;
    top.parent_ = &child;
    return child;
}

/// `top` is too high on one side, by two. What stands in its place then.
TreeLink& TreeRoot::balance(TreeLink& top) {
    const bool behind = top.balance_ > 0;
    const std::int8_t outward = behind ? 1 : -1;
    TreeLink& child = *top.child_[behind];
    if (child.balance_ != -outward) {
        const bool was_even = child.balance_ == 0; // only after a removal
        top.balance_ = was_even ? outward : std::int8_t{0};
        child.balance_ = was_even ? static_cast<std::int8_t>(-outward) : std::int8_t{0};
        return rotate(top, behind);
    }
    TreeLink& middle = *child.child_[!behind];
    top.balance_ = middle.balance_ == outward ? static_cast<std::int8_t>(-outward) : std::int8_t{0};
    child.balance_ = middle.balance_ == -outward ? outward : std::int8_t{0};
    middle.balance_ = 0;
    rotate(child, !behind);
    return rotate(top, behind);
}

/// The tree below `link` has become higher, by what was put there.
void TreeRoot::grown(TreeLink& link) {
    TreeLink* child = &link;
    for (TreeLink* parent = child->parent_; parent; child = std::exchange(parent, parent->parent_)) {
        const bool behind = parent->child_[1] == child;
        parent->balance_ = static_cast<std::int8_t>(parent->balance_ + (behind ? 1 : -1));
        if (parent->balance_ == 0) return;
        if (parent->balance_ == 2 || parent->balance_ == -2) {
            balance(*parent);
            return;
        }
    }
}

/// What lies below `parent` on that side has become lower.
void TreeRoot::shrunk(TreeLink& parent, bool behind) {
    for (TreeLink* at = &parent;;) {
        at->balance_ = static_cast<std::int8_t>(at->balance_ + (behind ? -1 : 1));
        if (at->balance_ == 1 || at->balance_ == -1) return; // its other side is as high as it was
        if (at->balance_ != 0) {
            at = &balance(*at);
            if (at->balance_ != 0) return;
        }
        if (!at->parent_) return;
        behind = at->parent_->child_[1] == at;
        at = at->parent_;
    }
}

/// An object with two children and the one behind it, which has no child before it, change places.
void TreeRoot::exchange_with_next(TreeLink& link) {
    TreeLink* next = link.child_[1];
    while (next->child_[0])
        next = next->child_[0];
    TreeLink* below = next->child_[1];
    TreeLink* above = next->parent_;
    put_in_place_of(link, next);
    next->child_[0] = link.child_[0];
    next->child_[0]->parent_ = next;
    if (above == &link) {
        next->child_[1] = &link;
        link.parent_ = next;
    } else {
        next->child_[1] = link.child_[1];
        next->child_[1]->parent_ = next;
        above->child_[0] = &link;
        link.parent_ = above;
    }
    link.child_ = {nullptr, below};
    if (below) below->parent_ = &link;
    std::swap(link.balance_, next->balance_);
}

TreeLink* TreeRoot::neighbour(const TreeLink& link, bool behind) {
    if (TreeLink* at = link.child_[behind]) {
        while (at->child_[!behind])
            at = at->child_[!behind];
        return at;
    }
    const TreeLink* at = &link;
    TreeLink* parent = at->parent_;
    while (parent && parent->child_[behind] == at) {
        at = parent;
        parent = at->parent_;
    }
    return parent;
}

TreeLink* TreeRoot::outermost(bool behind) const {
    TreeLink* at = root_;
    while (at && at->child_[behind])
        at = at->child_[behind];
    return at;
}

} // namespace pith
