#include "groups.h"
#include "os/debug.h"
#include "os/time.h"

/// Ways from one thread to another that are no calls: signals, faults, and foreign processes' calls.
namespace pith::bench {

namespace {

/// A signal whose waiter, of lower priority, has to wait for its turn.
Result<> waking_signal(const proto::Program& program) {
    const os::Notification bell = TRY(os::Notification::create());
    const os::Process waiter = TRY(start_server(program, bell, "wait", default_priority - 1));
    const auto let_it_wait = [] {
        if (const auto later = os::from_now(milliseconds(1)))
            static_cast<void>(os::invoke(abi::Sleep{*later}));
    };
    let_it_wait();
    measure_row(program.terminal(), "signal-that-wakes", [&] {
        const u64 cost = cost_of(abi::NotificationSignal{bell.id(), 1});
        let_it_wait();
        return cost;
    });
    return waiter.kill();
}

/// A process of this program's whose faults come to `endpoint`.
Result<os::Process> start_faulting(const proto::Program& program, const os::Endpoint& endpoint,
                                   std::string_view mode, bool foreign) {
    const auto faults = TRY(endpoint.mint(1, abi::rights::endpoint::call));
    return start_again(program, "/bench/kernel", mode, {.grants = {}, .faults = &faults, .foreign = foreign});
}

u64 address_of(void (*function)()) { return std::bit_cast<u64>(function); }

} // namespace

Result<> signals(const proto::Program& program) {
    TRY(switching_signal(program, "/bench/kernel", "signal-that-switches"));
    return waking_signal(program);
}

Result<> faults(const proto::Program& program) {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const os::Process child = TRY(start_faulting(program, endpoint, "fault", false));
    os::Message first;
    TRY(os::receive(endpoint, first));
    constexpr u64 size_of_instruction = 2;
    const u64 at = address_of(&bench_fault);
    measure_row(program.terminal(), "fault-to-handler",
                [&] { return bench_fault_there(endpoint.id().raw, at, size_of_instruction); });
    measure_row(program.terminal(), "fault-and-back",
                [&] { return bench_fault_and_back(endpoint.id().raw, at, size_of_instruction); });
    return child.kill();
}

Result<> foreign_calls(const proto::Program& program) {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const os::Process child = TRY(start_faulting(program, endpoint, "foreign", true));
    os::Message message;
    TRY(os::receive(endpoint, message));
    while (os::fault_in(message).registers.rax != foreign_number) { // its start
        message = os::answer_to_fault(abi::FaultAction::proceed);
        TRY(os::reply_and_receive(endpoint, message));
    }
    const u64 at = address_of(&bench_foreign_again);
    measure_row(program.terminal(), "foreign-call-and-back",
                [&] { return bench_fault_and_back(endpoint.id().raw, at, 0); });
    return child.kill();
}

} // namespace pith::bench
