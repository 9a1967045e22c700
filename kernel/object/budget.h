#pragma once

#include "kernel/memory/account.h"
#include "kernel/memory/slab.h"
#include "kernel/object/memory.h"

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
    /// Memory objects that it pays for.
    [[nodiscard]] List<Memory, &Memory::budget_link>& memories() { return memories_; }
    [[nodiscard]] Slab<Mapping>& mappings() { return slabs_.of<Mapping>(); }
    [[nodiscard]] Slab<Badge>& badges() { return slabs_.of<Badge>(); }
    [[nodiscard]] Slab<DmaMapping>& dma_mappings() { return slabs_.of<DmaMapping>(); }

    [[nodiscard]] Account& account() { return account_; }
    [[nodiscard]] Kernel& owner() const { return owner_; }

  private:
    friend class Inspector;
    Kernel& owner_;
    Account account_;
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
