#pragma once

#include "kernel/memory/frame_allocator.h"

namespace pith::kernel {

/// What pays: so many frames may be taken, counted one by one. `used` never exceeds `limit`. A child's limit
/// is reserved at its parent when it is made and released when it ends, so children never exceed the parent.
///
/// Must outlive what it pays for; it ends with nothing in use.
class Account {
  public:
    Account(FrameAllocator& allocator, FrameAccess access, PageCount limit)
        : allocator_{allocator}, access_{access}, limit_{limit} {}
    ~Account();
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    /// Counts frames as used that somebody else will take (a child's share). `no_memory` beyond the limit.
    [[nodiscard]] Result<> reserve(PageCount count);
    void release(PageCount count);

    /// One frame, charged; content undefined.
    [[nodiscard]] Result<PhysAddr> take_frame();
    [[nodiscard]] Result<PhysAddr> take_zeroed_frame();
    void give_frame(PhysAddr frame);

    [[nodiscard]] PageCount limit() const { return limit_; }
    [[nodiscard]] PageCount used() const { return used_; }
    /// Of `used`: what `reserve` counted.
    [[nodiscard]] PageCount reserved() const { return reserved_; }
    [[nodiscard]] PageCount available() const { return limit_ - used_; }
    [[nodiscard]] FrameAllocator& allocator() const { return allocator_; }
    [[nodiscard]] FrameAccess access() const { return access_; }

    /// The same memory, seen elsewhere from now on (boot). No slab has been made yet.
    void relocate(FrameAccess access) { access_ = access; }

  private:
    FrameAllocator& allocator_;
    FrameAccess access_;
    PageCount limit_;
    PageCount used_{};
    PageCount reserved_{};
};

} // namespace pith::kernel
