#pragma once

#include "base/panic.h"

#include <bit>
#include <cstddef>
#include <iterator>
#include <utility>

namespace pith {

/// A place in a list, held by the listed object itself, so that listing needs no memory and cannot fail.
class ListLink {
  public:
    constexpr ListLink() = default;
    ListLink(const ListLink&) = delete;
    ListLink& operator=(const ListLink&) = delete;
    /// An object that dies while it is listed would leave the list pointing into nothing.
    constexpr ~ListLink() { require(!linked(), "destroyed while in a list"); }

    [[nodiscard]] constexpr bool linked() const { return next_ != nullptr; }
    /// Out of whatever list this is in; nothing if in none.
    constexpr void unlink() {
        if (!linked()) return;
        prev_->next_ = next_;
        next_->prev_ = prev_;
        next_ = nullptr;
    }

  private:
    template <class T, ListLink T::* Link>
    friend class List;

    constexpr void insert_before(ListLink& place) {
        require(!linked(), "already in a list");
        next_ = &place;
        prev_ = place.prev_;
        prev_->next_ = this;
        place.prev_ = this;
    }

    ListLink* next_ = nullptr; // null: in no list; prev_ means nothing then
    ListLink* prev_ = nullptr;
};

/// A doubly linked list of borrowed objects: `List<Thread, &Thread::queue_link> ready;`
/// Every operation takes constant time. The list stays where it is, and is empty when it dies.
template <class T, ListLink T::* Link>
class List {
  public:
    constexpr List() { head_.next_ = head_.prev_ = &head_; }
    List(const List&) = delete;
    List& operator=(const List&) = delete;
    constexpr ~List() {
        require(empty(), "a list died with objects in it");
        head_.next_ = head_.prev_ = nullptr;
    }

    [[nodiscard]] constexpr bool empty() const { return head_.next_ == &head_; }
    constexpr void push_back(T& object) { (object.*Link).insert_before(head_); }
    constexpr void push_front(T& object) {
        require(!(object.*Link).linked(), "already in a list");
        push_front_new(object);
    }
    /// As push_front, of an object that cannot be in a list: a running thread.
    constexpr void push_front_new(T& object) {
        ListLink& link = object.*Link; // in an order that needs two registers
        link.prev_ = &head_;
        ListLink* const first = head_.next_;
        link.next_ = first;
        first->prev_ = &link;
        head_.next_ = &link;
    }
    /// `place` is in a list of this kind.
    static constexpr void insert_before(T& place, T& object) {
        require(is_listed(place), "not in a list");
        (object.*Link).insert_before(place.*Link);
    }
    /// From whatever list of this kind the object is in.
    static constexpr void remove(T& object) {
        require(is_listed(object), "not in a list");
        (object.*Link).unlink();
    }
    [[nodiscard]] static constexpr bool is_listed(const T& object) { return (object.*Link).linked(); }

    /// The first object, or null.
    [[nodiscard]] T* front() const { return empty() ? nullptr : &object_of(*head_.next_); }
    [[nodiscard]] T* back() const { return empty() ? nullptr : &object_of(*head_.prev_); }
    /// Takes the first object out; null where there is none.
    T* pop_front() {
        ListLink* const first = head_.next_;
        if (first == &head_) return nullptr;
        ListLink* const second = first->next_;
        head_.next_ = second;
        second->prev_ = &head_;
        first->next_ = nullptr;
        return &object_of(*first);
    }
    T* pop_back() {
        T* last = back();
        if (last != nullptr) remove(*last);
        return last;
    }
    /// What follows an object that is in this list, or null.
    [[nodiscard]] T* next(const T& object) const {
        ListLink* link = (object.*Link).next_;
        return link == nullptr || link == &head_ ? nullptr : &object_of(*link);
    }
    /// Puts everything in `other` behind what is here, in the same order.
    constexpr void append(List& other) {
        if (&other == this || other.empty()) return;
        other.head_.next_->prev_ = head_.prev_;
        head_.prev_->next_ = other.head_.next_;
        other.head_.prev_->next_ = &head_;
        head_.prev_ = other.head_.prev_;
        other.head_.next_ = other.head_.prev_ = &other.head_;
    }

    /// Steps on before it hands an object out: the loop's body may remove that object (no other one).
    class Iterator {
      public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        explicit Iterator(ListLink* at) : at_{at}, next_{at->next_} {}
        T& operator*() const { return object_of(*at_); }
        T* operator->() const { return &object_of(*at_); }
        Iterator& operator++() { return *this = Iterator{next_}; }
        Iterator operator++(int) { return std::exchange(*this, Iterator{next_}); }
        friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

      private:
        ListLink* at_ = nullptr;
        ListLink* next_ = nullptr;
    };
    [[nodiscard]] Iterator begin() const { return Iterator{head_.next_}; }
    [[nodiscard]] Iterator end() const { return Iterator{&head_}; }

  private:
    /// The object around a link. In the Itanium C++ ABI a pointer to a data member is the member's offset
    /// (section 2.3.1); every compiler target we use follows it.
    static T& object_of(ListLink& link) {
        auto* bytes = reinterpret_cast<std::byte*>(&link);
        return *reinterpret_cast<T*>(bytes - std::bit_cast<std::ptrdiff_t>(Link));
    }

    mutable ListLink head_; // its neighbours are the last and the first object
};

} // namespace pith
