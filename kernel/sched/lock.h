#pragma once

#include "base/types.h"

#include <machine/counter.h>

#include <atomic>
#include <utility>

namespace pith::kernel {

/// First come, first served.
class TicketLock {
  public:
    void acquire() {
        const u32 mine = next_.fetch_add(1, std::memory_order_acquire);
        while (!has_reached(serving_, mine)) [[unlikely]]
            __builtin_ia32_pause();
    }
    void release() {
        serving_.store(serving_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

  private:
    std::atomic<u32> next_ = 0;
    std::atomic<u32> serving_ = 0;
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
    TicketLock lock_;
    T value_;
};

} // namespace pith::kernel
