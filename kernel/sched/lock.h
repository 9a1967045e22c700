#pragma once

#include "base/types.h"

#include <atomic>
#include <utility>

namespace pith::kernel {

/// Whoever finds it free takes it: no core waits for one that comes before it and that a hypervisor happens
/// not to run. Fair all the same: a core that has waited for long has it next.
class FairLock {
  public:
    void acquire() {
        if (next_.load(std::memory_order_relaxed) || taken_.exchange(1, std::memory_order_acquire) != 0)
            [[unlikely]]
            wait();
    }
    void release() { taken_.store(0, std::memory_order_release); }

  private:
    static constexpr u32 patience = 1 << 14;

    /// Off the way of the fast path, whose registers it leaves alone.
    [[gnu::noinline, clang::preserve_most]] void wait() {
        const void* const me = &me; // on this core's stack
        for (u32 turns = 0;; ++turns) {
            const void* next = next_.load(std::memory_order_relaxed);
            if ((!next || next == me) && taken_.load(std::memory_order_relaxed) == 0 &&
                taken_.exchange(1, std::memory_order_acquire) == 0) {
                if (next == me) next_.store(nullptr, std::memory_order_relaxed);
                return;
            }
            if (turns > patience && !next) next_.compare_exchange_strong(next, me, std::memory_order_relaxed);
            __builtin_ia32_pause();
        }
    }

    std::atomic<u32> taken_ = 0;
    std::atomic<const void*> next_ = nullptr; ///< who has waited for long
};

/// A value that can be reached only by who holds its lock.
template <class T>
class Locked {
  public:
    template <class... A>
    explicit Locked(A&&... arguments) : value_{std::forward<A>(arguments)...} {}
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

    class [[nodiscard]] Guard {
      public:
        explicit Guard(Locked& owner) : owner_{owner} { owner_.lock_.acquire(); }
        ~Guard() { owner_.lock_.release(); }
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        T* operator->() const { return &owner_.value_; }
        T& operator*() const { return owner_.value_; }

      private:
        Locked& owner_;
    };
    Guard lock() { return Guard{*this}; }
    /// The same by hand, for the fast path: it ends with a jump, which nothing can come behind.
    T& acquire() {
        lock_.acquire();
        return value_;
    }
    void release() { lock_.release(); }

  private:
    FairLock lock_;
    T value_;
};

} // namespace pith::kernel
