#pragma once

#include "tests/model/systems.h"

/// What small systems are made of.
namespace pith::model {

using Program = Simulation::Program;

template <class... Call>
constexpr std::bitset<256> calls(TypeList<Call...>) {
    std::bitset<256> all;
    (all.set(abi::number_of<Call>), ...);
    return all;
}

abi::Handle give(const Program& program, Object& object, abi::Rights rights = abi::rights::all,
                 u64 badge = 0);

/// A handle that derives from one of another program's.
abi::Handle lend(const Program& from, abi::Handle handle, const Program& to,
                 abi::Rights rights = abi::rights::all);

/// A process with a budget of its own, and one thread.
Program start(Simulation& simulation, u64 frames, u8 priority);

Program add_thread(Simulation& simulation, const Program& program, u8 priority);

/// Leaves so many slots free in the process's table, and no memory for more of them. What fills both has no
/// rights, so that no step touches it.
void leave_slots(Simulation& simulation, const Program& program, u32 count);

template <class T, class... A>
Ref<T> make(Simulation& simulation, A... arguments) {
    auto object = simulation.kernel().root_budget().make<T>(arguments...);
    require(object.has_value(), "no memory for an object");
    return *object;
}

constexpr abi::Rights calls_and_copies = abi::rights::endpoint::call | abi::rights::copy;

/// A server, a client of it that is also a server, a client of that, and a bell between the ends.
struct Chain {
    Program server, middle, client;
};
struct ChainPriorities {
    u8 server, middle, client;
};
enum class Badged : bool { no, yes };
Chain start_chain(Simulation& simulation, ChainPriorities priorities, Badged badged = Badged::yes);

} // namespace pith::model
