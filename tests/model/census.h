#pragma once

#include "kernel/debug/inspector.h"

#include <array>
#include <bit>
#include <vector>

namespace pith::model {

using namespace kernel;

/// Every object that the kernel can reach, in an order that follows from what refers to what and not from
/// addresses, and how many counted references each has. Reused from step to step.
class Census {
  public:
    /// Has room for half of `places` objects; a power of two.
    explicit Census(u32 places = 1024)
        : shift_{64u - static_cast<u32>(std::countr_zero(places))}, table_(places) {}
    struct Entry {
        Object* object;
        u64 references;
    };

    /// Walks everything from the kernel's own lists on.
    void take(Kernel& kernel);

    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    /// The object's place in entries(); `none` for null.
    [[nodiscard]] u32 number(const Object* object) const;
    static constexpr u32 none = ~u32{0};

    /// The records of badges that are carried, or gone and not heard of; by how many in all that the kernel
    /// has.
    struct Carried {
        Badge* badge;
        u64 carriers;
    };
    [[nodiscard]] const std::vector<Carried>& badges() const { return badges_; }
    [[nodiscard]] u32 number(const Badge* badge) const;
    /// Slots in use, in the order of the processes and queues whose they are.
    [[nodiscard]] const std::vector<const Slot*>& slots() const { return slots_; }
    [[nodiscard]] u32 number(const Slot* slot) const;

    template <class T, class Visit>
    void each(Visit visit) const {
        for (const Entry& entry : entries_)
            if (entry.object->kind() == T::object_kind) visit(static_cast<T&>(*entry.object));
    }

  private:
    struct Place {
        const Object* object;
        u32 number;
        u32 round;
    };

    [[nodiscard]] u32 place_of(const Object& object) const;
    u32 meet(Object* object);
    void borrow(Object* object) { meet(object); }
    void own(Object* object) {
        if (object) ++entries_[meet(object)].references;
    }
    /// A record refers to its payer, and to its endpoint while somebody carries it.
    void meet_badge(Badge* badge, u64 carriers);
    void follow(Object& object);
    void follow_process(Process& process);
    void follow_handles(HandleTable& table);
    void follow_queue(Queue& queue);
    void follow_thread(Thread& thread);

    std::vector<Entry> entries_;
    std::vector<Carried> badges_;
    std::vector<const Slot*> slots_;
    u32 shift_;
    std::vector<Place> table_;
    u32 round_ = 0;
};

} // namespace pith::model
