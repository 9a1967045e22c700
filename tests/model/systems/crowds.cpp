#include "tests/model/systems/set_up.h"

namespace pith::model {

namespace {

constexpr u32 many = 24; // more than one slice ends, or tells

/// The thread waits there, and not in the run queue.
void begin_wait(Simulation& simulation, Thread& thread, abi::Handle handle, ThreadState state) {
    simulation.kernel().ready().remove(thread);
    thread.use.handle = handle;
    simulation.kernel().waits().begin(thread, state, Instant::never());
}

/// A process of many threads: one that is ready, one that receives, and many that wait for a message of a
/// queue.
Program start_crowd(Simulation& simulation, Endpoint& endpoint, Queue& queue, u8 priority) {
    const Program crowd = start(simulation, 120, priority);
    const abi::Handle at_endpoint = give(crowd, endpoint, abi::rights::endpoint::receive);
    const abi::Handle at_queue = give(crowd, queue, abi::rights::queue::receive);
    for (u32 i = 1; i < many; ++i) {
        auto thread = Thread::create(crowd.process->budget(), *crowd.process,
                                     VirtAddr{0x10000} + i * page_size, priority);
        require(thread.has_value(), "no memory for a thread");
        simulation.kernel().start_thread(**thread);
        if (i + 1 == many) {
            begin_wait(simulation, **thread, at_endpoint, ThreadState::receiving);
            endpoint.receivers().push_front(**thread);
        } else {
            begin_wait(simulation, **thread, at_queue, ThreadState::waiting);
            queue.receivers().push_back(**thread);
            (*thread)->use.begin(*crowd.process->handles().find(at_queue), **thread);
        }
    }
    return crowd;
}

/// What has to do with the crowd: who calls it and may end it, and somebody more urgent who may do the same.
void set_up(Simulation& simulation) {
    const Program one = start(simulation, 40, 10);
    const Program two = start(simulation, 40, 20);
    const auto endpoint = make<Endpoint>(simulation);
    auto queue = Queue::create(simulation.kernel().root_budget(), 1);
    require(queue.has_value(), "no memory for a queue");
    const Program crowd = start_crowd(simulation, *endpoint, **queue, 10);
    const auto bell = make<Notification>(simulation);
    crowd.process->observer.set(bell, 1).value();
    give(one, **queue, abi::rights::queue::send);
    give(one, *crowd.process);
    give(two, *endpoint, calls_and_copies, 2);
    give(two, *crowd.process);
    give(two, *bell);
}

using namespace abi;
using Calls = TypeList<Yield, Sleep, ThreadExit, ProcessExit, ProcessKill, ProcessStatus, ThreadSetPriority,
                       HandleClose, QueueSend, QueueReceive, NotificationWait>;
constexpr Limits limits{.calls = calls(Calls{})};

} // namespace

extern const System crowd{"crowd", limits, pages(320), set_up};
extern const System cores_crowd{"cores_crowd", limits, pages(320), set_up, 2};

} // namespace pith::model
