#pragma once

#include "base/panic.h"
#include "base/types.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pith {

/// A place in a tree, held by the object itself, so that putting it there needs no memory and cannot fail.
class TreeLink {
  public:
    constexpr TreeLink() = default;
    TreeLink(const TreeLink&) = delete;
    TreeLink& operator=(const TreeLink&) = delete;
    constexpr ~TreeLink() { require(!linked(), "destroyed while in a tree"); }

    [[nodiscard]] constexpr bool linked() const { return balance_ != in_no_tree; }

  private:
    friend class TreeRoot;
    template <class T, TreeLink T::* Link>
    friend class Tree;

    static constexpr std::int8_t in_no_tree = 3;

    std::array<TreeLink*, 2> child_{}; ///< what comes before, and what comes behind
    TreeLink* parent_ = nullptr;
    std::int8_t balance_ = in_no_tree; ///< height of child 1 less height of child 0: -1, 0 or 1
};

/// The untyped part of Tree: a binary tree in which the heights of two siblings differ by at most one
/// (Adelson- Velsky and Landis), so that the way down to the last of n objects is at most 1.44 log2 n steps.
class TreeRoot {
  public:
    TreeRoot() = default;
    TreeRoot(const TreeRoot&) = delete;
    ~TreeRoot() { require(!root_, "a tree died with objects in it"); }

    [[nodiscard]] bool empty() const { return root_ == nullptr; }

    /// Where something new belongs: below `parent`, on that side. As a search has found it.
    struct Place {
        TreeLink* parent;
        bool behind;
    };

  protected:
    [[gnu::always_inline]] void insert(TreeLink& link, Place place) {
        require(!link.linked(), "already in a tree");
        link.balance_ = 0;
        link.parent_ = place.parent;
        if (!place.parent) {
            root_ = &link;
            return;
        }
        place.parent->child_[place.behind] = &link;
        // Beside a sibling nothing grows.
        place.parent->balance_ = static_cast<std::int8_t>(place.parent->balance_ + (place.behind ? 1 : -1));
        if (place.parent->balance_ != 0) grown(*place.parent);
    }
    void remove(TreeLink& link) {
        require(link.linked(), "not in a tree");
        if (link.child_[0] && link.child_[1]) exchange_with_next(link);
        TreeLink* below = link.child_[link.child_[0] ? 0 : 1];
        TreeLink* parent = link.parent_;
        if (below) below->parent_ = parent;
        const bool behind = parent && parent->child_[1] == &link;
        if (parent)
            parent->child_[behind] = below;
        else
            root_ = below;
        link.child_ = {};
        link.parent_ = nullptr;
        link.balance_ = TreeLink::in_no_tree;
        if (parent) shrunk(*parent, behind);
    }
    /// The neighbour in order on one side: 0 before, 1 behind.
    [[nodiscard]] static TreeLink* neighbour(const TreeLink& link, bool behind);
    [[nodiscard]] TreeLink* outermost(bool behind) const;

    TreeLink* root_ = nullptr;

  private:
    void grown(TreeLink& link);
    void shrunk(TreeLink& parent, bool behind);
    void exchange_with_next(TreeLink& link);
    void put_in_place_of(TreeLink& old, TreeLink* link);
    TreeLink& rotate(TreeLink& top, bool behind);
    TreeLink& balance(TreeLink& top);
};

/// Borrowed objects in order, found in logarithmic time: `Tree<Mapping, &Mapping::link> mappings;` What the
/// order is, whoever inserts says by a predicate that is true up to some object and false from there on.
/// The tree stays where it is, and is empty when it dies.
template <class T, TreeLink T::* Link>
class Tree : private TreeRoot {
  public:
    using TreeRoot::empty;
    using TreeRoot::Place;

    /// The two neighbours between which a predicate turns false, and the place between them.
    struct Gap {
        T* before;
        T* behind;
        Place place;
    };
    /// `is_before(object)` is true for those that come first.
    template <class IsBefore>
    [[nodiscard]] Gap find_gap(IsBefore is_before) const {
        TreeLink* before = nullptr;
        TreeLink* behind = nullptr;
        Place place{nullptr, false};
        for (TreeLink* at = root_; at; at = at->child_[place.behind]) {
            place = {at, is_before(object_of(*at))};
            (place.behind ? before : behind) = at;
        }
        return {object_or_null(before), object_or_null(behind), place};
    }
    /// The last one for which the predicate is true, or null.
    template <class IsBefore>
    [[nodiscard]] T* find_last(IsBefore is_before) const {
        TreeLink* found = nullptr;
        for (TreeLink* at = root_; at;) {
            const bool behind = is_before(object_of(*at));
            if (behind) found = at;
            at = at->child_[behind];
        }
        return object_or_null(found);
    }
    /// Into a gap that was found and that nothing has changed since.
    [[gnu::always_inline]] void insert(T& object, const Place& place) {
        TreeRoot::insert(object.*Link, place);
    }
    /// Next to an object of the tree.
    void insert_behind(T& before, T& object) {
        TreeLink* next = (before.*Link).child_[1];
        if (!next) return insert(object, {&(before.*Link), true});
        while (next->child_[0])
            next = next->child_[0];
        insert(object, {next, false});
    }
    /// Behind all others.
    void push_back(T& object) { insert(object, {outermost(true), true}); }
    void remove(T& object) { TreeRoot::remove(object.*Link); }

    [[nodiscard]] T* front() const { return object_or_null(outermost(false)); }
    [[nodiscard]] T* back() const { return object_or_null(outermost(true)); }
    [[nodiscard]] static T* next(const T& object) { return object_or_null(neighbour(object.*Link, true)); }
    [[nodiscard]] static T* previous(const T& object) {
        return object_or_null(neighbour(object.*Link, false));
    }

    /// In order. Nothing may be changed meanwhile.
    class Iterator {
      public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(T* at) : at_{at} {}
        T& operator*() const { return *at_; }
        T* operator->() const { return at_; }
        Iterator& operator++() { return *this = Iterator{next(*at_)}; }
        Iterator operator++(int) { return std::exchange(*this, Iterator{next(*at_)}); }
        friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

      private:
        T* at_ = nullptr;
    };
    [[nodiscard]] Iterator begin() const { return Iterator{front()}; }
    [[nodiscard]] Iterator end() const { return Iterator{}; }

  private:
    friend class TreeAudit;
    /// As in List: a pointer to a data member is the member's offset (Itanium C++ ABI, section 2.3.1).
    static T& object_of(TreeLink& link) {
        auto* bytes = reinterpret_cast<std::byte*>(&link);
        return *reinterpret_cast<T*>(bytes - std::bit_cast<std::ptrdiff_t>(Link));
    }
    static T* object_or_null(TreeLink* link) { return link ? &object_of(*link) : nullptr; }
};

} // namespace pith
