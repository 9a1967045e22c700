#pragma once

#include "tests/model/census.h"
#include "tests/model/step.h"

#include <bitset>

namespace pith::model {

/// What may happen in a small system, and how far it may grow.
struct Limits {
    std::bitset<256> calls{}; ///< the ordinary calls that its threads make, by number
    bool messages = true;
    bool faults = true;
    bool touches = false;   ///< of what is mapped: matters on several cores
    bool all_gifts = false; ///< every handle is sent, and messages are ill-formed
    bool large = false;     ///< mappings that take several slices
    u32 line = 0;           ///< an interrupt line that fires; 0: none
    u32 handles = 8;        ///< a process that holds so many makes no more
    u32 objects = 24;       ///< nor one in a system of so many objects
    u64 near = 1'000;       ///< how far ahead deadlines lie, in nanoseconds
};

/// Every step that is worth taking from a state: each call with each handle that it is for, one of a wrong
/// kind, a stale one, and few of the numbers that its other arguments could be.
class Alphabet {
  public:
    explicit Alphabet(const Limits& limits) : limits_{limits} {}

    [[nodiscard]] const std::vector<Step>& from(Simulation& simulation, const Census& census);

    // For the functions that choose arguments, one a call (alphabet/).
    [[nodiscard]] std::span<const abi::Handle> handles(abi::Kind kind) const {
        return by_kind_[std::to_underlying(kind)];
    }
    [[nodiscard]] std::span<const abi::Handle> all_handles() const { return all_; }
    /// A stale handle, and one of another kind where there is one.
    [[nodiscard]] std::span<const abi::Handle> wrong(abi::Kind kind);
    [[nodiscard]] bool large() const { return limits_.large; }
    [[nodiscard]] bool may_grow() const { return may_grow_; }
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] Instant soon() const { return {{now_.raw + limits_.near}}; }
    [[nodiscard]] u8 priority() const { return priority_; }
    void add(u32 number, const void* call, std::size_t size);
    /// A call that finds a handle in the message buffer.
    void add_with_gift(const abi::QueueSend& call, abi::Handle gift);
    /// ... or the first of the registers.
    void add_with_rip(const abi::ThreadWriteRegisters& call, VirtAddr rip);

  private:
    void look_around(Simulation& simulation, const Census& census);
    void add_calls();
    void add_messages();
    void message(abi::MessageCall call, abi::Handle handle, u64 deadline = 0, abi::Handle gift = {},
                 u64 first_word = 0, u64 gifts = 0, u64 fourth_word = 0);
    void add_ill_formed();
    void add_answers();

    const Limits& limits_;
    std::vector<Step> steps_;
    std::array<std::vector<abi::Handle>, 16> by_kind_;
    std::vector<abi::Handle> all_;
    std::array<abi::Handle, 2> wrong_{};
    bool may_grow_ = false;
    Instant now_{};
    u8 priority_ = 0;
    bool owes_answer_ = false; ///< to a fault
};

} // namespace pith::model
