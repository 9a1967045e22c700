#pragma once

#include "base/types.h"

#include <machine/lock_word.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>

namespace pith::kernel {

/// Whoever finds it free takes it: no core waits for one that comes before it and that a hypervisor happens
/// not to run. Fair all the same: a core that has waited for long has it next. The lowest byte says whether
/// it is taken, the others who is next; so taking and giving back are one instruction each on one word.
class FairLock {
  public:
    void acquire() {
        if (!try_acquire()) [[unlikely]]
            wait();
    }
    [[nodiscard]] bool try_acquire() {
        u32 free = 0;
        return word_.compare_exchange_strong(free, taken, std::memory_order_acquire);
    }
    void release() { clear_low_byte(word_); }
    /// Zero there gives it back: for entry code, which saves registers that others may need as soon as they
    /// can.
    [[nodiscard]] u64 taken_byte() const { return std::bit_cast<u64>(&word_); }
    /// How often cores have found it taken and waited, and how long, in ticks of the time stamp counter.
    struct Waits {
        u64 count = 0;
        u64 total = 0;
        u64 longest = 0;
    };
    /// To be read by who has it.
    [[nodiscard]] const Waits& waits() const { return waits_; }

  private:
    static constexpr u32 taken = 1;
    static constexpr u32 patience = 1 << 14;

    /// A number for this core, in the upper bytes: where its stack lies. Two that came out alike would be
    /// next together, and one of them take it.
    [[nodiscard]] static u32 this_core() {
        const char here = 0;
        return static_cast<u32>(std::bit_cast<u64>(&here) >> 12 << 8) | u32{1} << 31;
    }
    /// Off the way of the fast path, whose registers it leaves alone.
    [[gnu::noinline, clang::preserve_most]] void wait() {
        const u32 me = this_core();
        const u64 begin = __builtin_ia32_rdtsc();
        for (u32 turns = 0;; ++turns) {
            u32 word = word_.load(std::memory_order_relaxed);
            if ((word == 0 || word == me) &&
                word_.compare_exchange_weak(word, taken, std::memory_order_acquire)) {
                const u64 waited = __builtin_ia32_rdtsc() - begin;
                waits_ = {waits_.count + 1, waits_.total + waited, std::max(waits_.longest, waited)};
                return;
            }
            if (turns > patience && word == taken) // nobody is next yet
                word_.compare_exchange_weak(word, me | taken, std::memory_order_relaxed);
            __builtin_ia32_pause();
        }
    }

    std::atomic<u32> word_ = 0;
    Waits waits_; // measured only where somebody waits: the fast path has nothing to do with it
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
    [[nodiscard]] bool try_acquire() { return lock_.try_acquire(); }
    void release() { lock_.release(); }
    /// For who has acquired the lock.
    T& held() { return value_; }
    [[nodiscard]] const FairLock& own_lock() const { return lock_; }

  private:
    FairLock lock_;
    T value_;
};

} // namespace pith::kernel
