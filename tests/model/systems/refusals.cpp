#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

/// Somebody who has a handle of every kind, but without the rights to do anything with them, and a few real
/// ones.
void set_up(Simulation& simulation) {
    const Program weak = start(simulation, 60, 10);
    const Program other = start(simulation, 40, 5);
    Kernel& kernel = simulation.kernel();
    Budget& root = kernel.root_budget();
    const auto bell = make<Notification>(simulation);
    const auto endpoint = make<Endpoint>(simulation);
    const auto ports = make<IoPorts>(simulation, 0x300u, 8u);
    const auto system = make<kernel::System>(simulation);
    const auto line = make<Interrupt>(simulation, 6u);
    kernel.interrupts().claim(6, *line);
    auto memory = root.make<Memory>(pages(1));
    require(memory && *(*memory)->fill(), "no memory for a memory object");
    auto queue = Queue::create(root, 1);
    auto domain = DmaDomain::create(root, 0x30);
    auto timer = root.make<Timer>(bell, u64{1});
    require(queue && domain && timer, "no memory for an object");
    const std::array<Object*, 12> all{&weak.process->budget(),
                                      &*other.process,
                                      &*other.thread,
                                      &*endpoint,
                                      &*bell,
                                      &**memory,
                                      &*line,
                                      &*ports,
                                      &**domain,
                                      &*system,
                                      &**queue,
                                      &**timer};
    for (Object* object : all)
        give(weak, *object, abi::rights::copy);
    give(weak, **memory, abi::rights::memory::read);
    give(other, **queue);
    give(other, *endpoint, calls_and_copies, 9);
    give(weak, *bell, abi::rights::notification::signal | abi::rights::notification::wait);
    give(weak, *endpoint, abi::rights::endpoint::call | abi::rights::endpoint::receive);
}

constexpr auto everything = [] {
    std::bitset<256> all;
    for (u64 i = 0; i < size_of(abi::Calls{}); ++i)
        all.set(abi::first_call + i);
    return all;
}();

} // namespace

extern const System refusals{
    "refusals", {.calls = everything, .all_gifts = true, .handles = 16, .objects = 32}, pages(256), set_up};

} // namespace pith::model
