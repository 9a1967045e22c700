#pragma once

#include "base/types.h"

#include <algorithm>

namespace pith::kernel {

/// How much may still be done before interrupts have to be let in again. What takes long is cut into slices,
/// and one of them may lead to another: a handle that is closed ends a queue, which closes handles. So all
/// that is done in one entry spends of the same slice, and each loop that can go on later asks for it. In
/// steps, of which one takes about as long as mapping a page.
class Effort {
  public:
    static constexpr u32 slice = 256;
    // What it takes to
    static constexpr u32 give_frame = 5;  ///< give a frame back
    static constexpr u32 end_wait = 12;   ///< end a thread's wait
    static constexpr u32 end_object = 16; ///< take an object apart that is small
    static constexpr u32 end_thread = 48;
    static constexpr u32 end_process = 48; ///< what is left of one
    static constexpr u32 remove_handle = 8;
    static constexpr u32 lent_a_step = 8;  ///< to so many servers a priority is lent in one step
    static constexpr u32 asked_a_step = 5; ///< so many threads can be asked something

    /// As long as one lives, effort is limited. One within another is a part of it.
    class Slice {
      public:
        explicit Slice(Effort& effort) : effort_{effort} {
            if (effort_.depth_++ == 0) effort_.left_ = slice;
        }
        Slice(const Slice&) = delete;
        ~Slice() { --effort_.depth_; }

      private:
        Effort& effort_;
    };

    void spend(u64 steps) { left_ -= static_cast<u32>(std::min<u64>(left_, steps)); }
    /// What can be done later shall be done later.
    [[nodiscard]] bool is_over() const { return depth_ != 0 && left_ == 0; }
    /// At least one step: whoever asks goes on in any case.
    [[nodiscard]] u64 left() const { return std::max(left_, u32{1}); }

  private:
    u32 left_ = 0;
    u32 depth_ = 0;
};

} // namespace pith::kernel
