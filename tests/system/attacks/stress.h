#pragma once

#include "child.h"

#include <atomic>

/// What pairs of threads do to each other, without deadlines: a wake-up that is lost stands still for ever,
/// and who watches sees it.
namespace pith::stress {

inline constexpr u64 pairs = 4;

/// What the two of a pair share.
struct Pair {
    attacks::Random random{0};
    u64 cores = 1;
    u64 number = 0;
    std::array<os::Thread, 2> threads;
    std::array<os::Notification, 2> bells; ///< each waits for its own
    std::array<u64, 2> kept{};             ///< bits that it took and did not wait for
    os::Budget budget;                     ///< for memory that is taken away
    os::Endpoint endpoint;
    os::Handle queue;
    os::Handle timer; ///< rings the second one's bell
    os::Notification victim_ended;

    std::atomic<bool> ready = false;
    std::atomic<u64> round = 0; ///< counts up as long as all is well
    std::atomic<u64> doing = 0; ///< the activity
    std::atomic<u64> wrong = 0; ///< a line of the source
    std::atomic<u64> word = 0, turns = 0;
    std::atomic<u64> borrowed = 0; ///< a handle that one made for the other
    std::atomic<bool> stop = false;
};

struct Activity {
    const char* name;
    void (*first)(Pair& pair);  ///< one of the two does this
    void (*second)(Pair& pair); ///< the other, meanwhile, this
};
[[nodiscard]] std::span<const Activity> activities();

/// Makes what the pair needs, and starts its threads, which never end.
[[nodiscard]] Result<> start(Pair& pair, u64 number, u64 cores, u64 seed);

} // namespace pith::stress
