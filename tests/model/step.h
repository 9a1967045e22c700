#pragma once

#include "kernel/machine/host/simulation.h"

#include <string>

namespace pith::model {

using namespace kernel;

/// A call that sends a handle finds it in the message buffer; its register of this number, which the kernel
/// ignores, says which.
inline constexpr u32 gift_word = 5;

/// One thing that happens to the system: the running thread makes a call or a fault, or the machine acts.
struct Step {
    enum class Kind : u8 {
        call,
        message,
        go_on, ///< with work that is done in slices
        timer,
        interrupt,
        fault,
        notice, ///< that another core has sent an interrupt
        touch   ///< an address: the core may remember where it leads
    };
    static constexpr u8 plenty = 255;

    Kind kind;
    u8 number = 0;              ///< of the call, the messaging call, or the interrupt line
    bool slowly = false;        ///< neither the fast path of messages nor any other direct switch
    u8 core = 0;                ///< that takes the step
    u8 frames = plenty;         ///< how many allocations succeed meanwhile
    std::array<u64, 6> words{}; ///< an ordinary call's registers; of a messaging call see below

    /// A messaging call: the handle, a deadline (0: none), a handle to send (0: none), what its first word is
    /// (0: as in every message), how often that handle is sent (0: once) and whether it moves, what its
    /// fourth word is.
    [[nodiscard]] abi::Handle handle() const { return {words[0]}; }
    [[nodiscard]] u64 deadline() const { return words[1]; }
    [[nodiscard]] abi::Handle gift() const { return {words[2]}; }
    [[nodiscard]] u64 first_word() const { return words[3]; }
    static constexpr u64 moving = 16; ///< beside the number of times
    [[nodiscard]] u32 gifts() const { return gift() ? std::max(1u, static_cast<u32>(words[4] % moving)) : 0; }
    [[nodiscard]] bool moves() const { return words[4] >= moving; }
    [[nodiscard]] u64 fourth_word() const { return words[5]; }
};

/// Lets it happen. The thread that a call needs is the current one of the step's core.
void take(Simulation& simulation, const Step& step);

/// Ends a thread. Few walks get far if every second thread is killed.
[[nodiscard]] bool is_deadly(const Step& step);

/// As a line of a test that does the same.
[[nodiscard]] std::string text_of(const Step& step);

} // namespace pith::model
