#pragma once

#include "tests/model/step.h"

#include <bitset>
#include <cstdio>
#include <optional>

namespace pith::model {

/// Which results each call came back with.
class Coverage {
  public:
    /// What a call can come to besides its errors' numbers.
    static constexpr u32 success = 0, waits = 62, ends = 63;

    /// `thread` made the call of this step, or is one whose wait it ended.
    void note(const Step& step, const Thread& thread);

    /// A thread whose call goes on: it waits, or is being worked for.
    struct Pending {
        Thread* thread;
        u8 number; ///< of the call; `receive` stands for both calls that receive
    };
    /// Which call the thread is in, if it is in one.
    [[nodiscard]] static std::optional<Pending> pending(Thread& thread);
    /// Notes how its call ended, if it has.
    void note_end(const Pending& pending);

    /// One line a call.
    void report() const;
    /// The same for programs: the call's name, and the number of each result.
    void write(std::FILE* to) const;

  private:
    std::array<std::bitset<64>, 256> results_{};
};

} // namespace pith::model
