#pragma once

#include "base/types.h"

namespace pith::kernel {

struct Slot;

/// Who derives from whom, among capabilities. Every capability that is in a table is in one tree for its
/// object: a copy is a child of its source, what came with the object is a child of the object itself. Each
/// operation takes constant time, however many children there are: only the last of some siblings knows their
/// parent.
///
/// The children of one parent: those of a slot, or an object's first capabilities. Plain state without
/// constructors, because slots lie in zeroed frames.
struct Children {
    Slot* first;

    [[nodiscard]] bool empty() const { return first == nullptr; }
};

/// What follows a sibling: the next one, or for the last one its parent's list. One word, its lowest bit
/// tells.
class NextSibling {
  public:
    NextSibling() = default;
    explicit NextSibling(Slot* sibling);
    explicit NextSibling(Children* parent);

    [[nodiscard]] bool is_last() const { return (raw_ & last) != 0; }
    [[nodiscard]] Slot* sibling() const;    ///< unless it is the last
    [[nodiscard]] Children* parent() const; ///< of the last

  private:
    static constexpr u64 last = 1;
    u64 raw_;
};

namespace derivation {

/// `child`, in no tree, becomes the first child.
void adopt(Children& parent, Slot& child);
/// Takes a slot out; its children take its place among its siblings.
void remove(Slot& slot);
/// `to`, in no tree, takes the place of `from`, whose children become its own.
void replace(Slot& from, Slot& to);

} // namespace derivation
} // namespace pith::kernel
