// The rows of `./pith bench kernel` that need more than a program of the shell's has: interrupts and I/O
// ports take the System handle's right `devices` and QEMU's `edu`, and ten thousand threads take memory. It
// runs in the shell's place.
#include "os/dma.h"
#include "roles.h"
#include "tests/system/devices/edu.h"

using namespace pith;
using namespace pith::bench;

namespace {

constexpr std::string_view path = "/bench/machine";

alignas(64) constinit std::array<volatile u32, 2> shared{}; // with the thread that raises
constinit volatile u32* device_register = nullptr;

[[noreturn]] void raise_when_wanted() { bench_raise(shared.data(), device_register); }

/// A device's message, from the store that raises it.
Result<> by_message(const proto::Terminal& terminal, const os::System& system, devices::Edu& edu) {
    constexpr VirtAddr buffer{0x7000'0000};
    constexpr u64 lower_priority = 8;
    const auto bell = TRY(os::Notification::create());
    const auto message = TRY(os::MessageInterrupt::create(system, edu.device()));
    edu.use_message(message.address, message.data);
    TRY(message.interrupt.bind(bell, 1));
    device_register = edu.raising();
    const os::Thread thread{TRY(os::invoke(abi::ThreadCreate{{}, buffer, lower_priority, {}})).handle};
    const VirtAddr stack = buffer + (page_size - 8); // it sends no messages
    TRY(thread.start({std::bit_cast<u64>(&raise_when_wanted)}, stack, 0));
    measure_row(terminal, "interrupt-to-driver", [&] {
        shared[0] = 1;
        const u64 cost =
            bench_wait_for_interrupt(bell.id().raw, abi::number_of<abi::NotificationWait>, shared.data());
        edu.lower(~0u);
        return message.interrupt.acknowledge() ? cost : failed;
    });
    return os::invoke(abi::ThreadKill{thread.id()});
}

void round_trip(const proto::Terminal& terminal, std::string_view row, const os::Endpoint& endpoint) {
    constexpr u64 often = 100;
    measure_row(terminal, row, [&] { return bench_calls(endpoint.id().raw, often, 0) / often; }, often);
}

/// A server that can use ports; this program, whose own ports are open, too.
Result<> with_ports(const proto::Program& program, const os::System& system) {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const std::array grants{os::ChildGrant{"serve", &endpoint}, os::ChildGrant{"system", &system}};
    const os::Process server = TRY(start_again(program, path, "ports", {.grants = grants}));
    round_trip(program.terminal(), "round-trip-ports-both", endpoint);
    return server.kill();
}

/// The kernel notes what it does meanwhile.
Result<> while_noted(const proto::Program& program, const os::System& system) {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const os::Process server = TRY(start_role(program, path, endpoint, "10"));
    TRY(system.set_tracing(true));
    round_trip(program.terminal(), "round-trip-noted", endpoint);
    TRY(system.set_tracing(false));
    return server.kill();
}

constexpr u64 many = 1000, crowds = 10;

/// Fills the kernel with threads that are ready and with endpoints, and stays. One of several.
Result<> be_many(const os::Notification& done) {
    constexpr u64 lowest_priority = 1;
    constexpr VirtAddr buffers{0x10'0000'0000};
    const VirtAddr entry{std::bit_cast<u64>(&bench_spin)};
    for (u64 i = 0; i < many; ++i) {
        const VirtAddr buffer = buffers + pages(i);
        const auto made = TRY(os::invoke(abi::ThreadCreate{{}, buffer, lowest_priority, {}}));
        TRY(os::invoke(abi::ThreadStart{made.handle, entry, buffer, 0}));
        TRY(os::invoke(abi::EndpointCreate{}));
    }
    TRY(done.signal(1));
    return os::invoke(abi::Sleep{Instant::never()});
}

/// Calls that ask all threads of a process something, all at once.
Result<> ask_many(const proto::Terminal& terminal, const os::System& system, const os::Process& crowd) {
    const u64 identity = TRY(os::invoke(abi::HandleInfo{crowd.id()})).badge;
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const auto print = [&](std::string_view row, const auto& call) {
        measure_row(terminal, row, [&] {
            return time_of([&]() -> Result<> {
                static_cast<void>(os::invoke(call));
                return {};
            });
        });
    };
    print("list-1000-threads", abi::ProcessList{system.id(), identity});
    print("none-of-1000-threads", abi::ProcessThread{crowd.id(), ~u64{0}});
    print("watch-1000-threads", abi::ProcessSetFaultHandler{crowd.id(), endpoint.id(), 0});
    print("system-of-10000-threads", abi::SystemInfo{system.id()});
    return {};
}

Result<> among_many(const proto::Program& program, const os::System& system) {
    const os::Notification done = TRY(os::Notification::create());
    std::array<os::Process, crowds> all;
    for (os::Process& crowd : all) {
        crowd = TRY(start_role(program, path, done, "many"));
        TRY(crowd.observe(done, 2));
        if (TRY(done.wait()) != 1) return fail(Error::no_memory);
    }
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const os::Process server = TRY(start_role(program, path, endpoint, "10"));
    round_trip(program.terminal(), "round-trip-among-10000", endpoint);
    TRY(server.kill());
    TRY(switching_signal(program, path, "signal-among-10000"));
    TRY(ask_many(program.terminal(), system, all.back()));
    for (const os::Process& crowd : all)
        TRY(crowd.kill());
    constexpr Duration until_all_have_ended = milliseconds(500);
    const Instant now = TRY(os::invoke(abi::ClockRead{})).now;
    return os::invoke(abi::Sleep{now + until_all_have_ended});
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto role = start.argument(1);
    if (role == "many") {
        const auto done = TRY(start.take<os::Notification>("serve"));
        TRY(be_many(done));
        return 1;
    }
    if (role == "ports") {
        const auto system = TRY(start.take<os::System>("system"));
        const auto ports = TRY(devices::PciPorts::open(system));
        TRY(play_role(start, "10"));
    }
    if (role) {
        TRY(play_role(start, *role));
        return 1;
    }
    const auto program = TRY(proto::Program::open(start));
    const auto system = TRY(start.take<os::System>("system"));
    TRY(program.read_input()); // so that it can be watched from there on
    TRY(among_many(program, system));
    auto edu = TRY(devices::Edu::open(system));
    TRY(by_message(program.terminal(), system, edu));
    TRY(with_ports(program, system));
    TRY(while_noted(program, system));
    return 0;
}
