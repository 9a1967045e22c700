#pragma once

#include "tests/model/step.h"

#include <bitset>

namespace pith::model {

/// Which results each call came back with.
class Coverage {
  public:
    /// What a call can come to besides its errors' numbers.
    static constexpr u32 success = 0, waits = 62, ends = 63;

    /// `thread` made the call of this step, or is one whose wait it ended.
    void note(const Step& step, const Thread& thread);
    void note_end_of_wait(ThreadState before, const Thread& thread);

    /// One line a call; false, and a line, for each of `expected` that never succeeded.
    [[nodiscard]] bool report(const std::bitset<256>& expected, bool messages) const;

  private:
    [[nodiscard]] static bool succeeds_by_ending(u32 number);

    std::array<std::bitset<64>, 256> results_{};
};

} // namespace pith::model
