#pragma once

#include "kernel/memory/marks.h"
#include "kernel/memory/slab.h"
#include "kernel/object/memory.h"
#include "kernel/object/observer.h"

namespace pith::kernel {

class Badge;
class DmaDomain;
class DmaMapping;
class Endpoint;
class Interrupt;
class IoPorts;
class Notification;
class Process;
class Queue;
class Reply;
class System;
class Thread;
class Timer;

/// An account of which somebody wants to know when little is left.
class WatchedAccount final : public Account {
  public:
    using Account::Account;
    /// Whoever is told, once; in place of whoever was to be told before.
    Observer observer{Observer::Owner::budget};
};

/// Frames that are set apart, and the slabs of the kernel objects that they pay for.
class Budget final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::budget;
    /// The root: all frames that the machine has. Held by the Kernel itself.
    Budget(Kernel& owner, FrameAllocator& frames, FrameAccess access, PageCount limit);
    /// A child; its limit has been reserved on `parent`'s account and goes back there with its end.
    Budget(Budget& parent, PageCount limit);
    ~Budget();

    [[nodiscard]] static Result<Ref<Budget>> create(Budget& parent, PageCount limit);

    /// A new object of type T, paid by this budget: `make<Endpoint>()`. T's constructor takes the budget
    /// first.
    template <class T, class... A>
    [[nodiscard]] Result<Ref<T>> make(A&&... arguments) {
        T* object = TRY(slabs_.template of<T>().make(*this, std::forward<A>(arguments)...));
        return Ref<T>{*object};
    }
    /// Everything that it pays for, but what has ended with it already.
    [[nodiscard]] List<Object, &Object::payer_link>& objects() { return objects_; }
    /// One of its objects has been ended: what is left of it goes with its last reference.
    void note_ended(Object& object) {
        object.payer_link.unlink();
        ended_objects_.push_back(object);
    }
    /// It pays for nothing more, and what is not in use goes back. `parent`: which ends with everything that
    /// it pays for, this budget too; null: this one is the first.
    void close(const Budget* parent);
    [[nodiscard]] bool closed() const { return account_.closed(); }

    /// Memory objects that it pays for.
    [[nodiscard]] List<Memory, &Memory::budget_link>& memories() { return memories_; }
    [[nodiscard]] Slab<Mapping>& mappings() { return slabs_.of<Mapping>(); }
    [[nodiscard]] Slab<Badge>& badges() { return slabs_.of<Badge>(); }
    [[nodiscard]] Slab<DmaMapping>& dma_mappings() { return slabs_.of<DmaMapping>(); }

    [[nodiscard]] WatchedAccount& account() { return account_; }
    [[nodiscard]] Kernel& owner() const { return owner_; }

    ListLink end_link; ///< of the Reclaimer: everything that it pays for ends

  private:
    friend class Inspector;
    Kernel& owner_;
    WatchedAccount account_;
    const Account* outermost_ = nullptr; ///< closed: that of the budget that ended first
    List<Object, &Object::payer_link> objects_;
    List<Object, &Object::payer_link> ended_objects_;
    List<Memory, &Memory::budget_link> memories_;
    Slabs<Budget, Process, Thread, Endpoint, Reply, Notification, Memory, Interrupt, IoPorts, System, Mapping,
          Badge, Queue, DmaDomain, DmaMapping, Timer>
        slabs_;
};

inline Budget& Object::payer() const { return *payer_; }
inline Kernel& Object::kernel() const {
    return kind_ == abi::Kind::budget ? static_cast<const Budget*>(this)->owner() : payer_->owner();
}

} // namespace pith::kernel
