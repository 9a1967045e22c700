#pragma once

#include "kernel/memory/account.h"

#include <cstdlib>
#include <memory>
#include <vector>

namespace pith::kernel::test {

/// Physical memory of a few frames, in ordinary memory, all of it free but frame 0.
class Arena {
  public:
    explicit Arena(u64 frames, bool add_all = true)
        : memory_{static_cast<std::byte*>(std::aligned_alloc(page_size, frames * page_size)), &std::free},
          records_(frames),
          allocator_{{memory_.get()}, records_} {
        if (add_all) allocator_.add({page_size}, pages(frames - 1));
    }

    [[nodiscard]] FrameAllocator& allocator() { return allocator_; }
    [[nodiscard]] FrameAccess access() const { return allocator_.access(); }
    [[nodiscard]] u64 free_frames() const { return allocator_.statistics().free.raw; }

  private:
    std::unique_ptr<std::byte, decltype(&std::free)> memory_;
    std::vector<FrameRecord> records_;
    FrameAllocator allocator_;
};

/// The same numbers on every run.
class Random {
  public:
    explicit Random(u64 seed) : state_{seed * 2 + 1} {}
    /// 0 to bound - 1.
    u64 below(u64 bound) {
        state_ ^= state_ << 13, state_ ^= state_ >> 7, state_ ^= state_ << 17;
        return (state_ >> 11) % bound;
    }

  private:
    u64 state_;
};

} // namespace pith::kernel::test
