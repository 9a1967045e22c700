#include "groups.h"
#include "os/message.h"

/// Messages: the paths that everything else stands on.
namespace pith::bench {

namespace {
constexpr u64 calls_a_sample = 100;
u64 round_trip(abi::Handle endpoint, u64 tag = 0) {
    return bench_calls(endpoint.raw, calls_a_sample, tag) / calls_a_sample;
}
} // namespace

Result<> messages(const proto::Program& program) {
    const proto::Terminal& terminal = program.terminal();
    struct Row {
        std::string_view name, server;
        u64 tag;
    };
    constexpr u64 more = 54 << 8;
    for (const Row& row : {Row{"round-trip-10-words", "10", 0}, Row{"round-trip-64-words", "64", more}}) {
        const os::Endpoint endpoint = TRY(os::Endpoint::create());
        const os::Process server = TRY(start_server(program, endpoint, row.server));
        measure_row(terminal, row.name, [&] { return round_trip(endpoint.id(), row.tag); }, calls_a_sample);
        TRY(server.kill());
    }
    struct Ways {
        std::string_view there, back, server;
        u64 tag;
    };
    for (const Ways& ways : {Ways{"call", "reply-and-receive", "stamped", 0},
                             Ways{"call-64-words", "reply-64-words", "stamped-64", more}}) {
        const os::Endpoint endpoint = TRY(os::Endpoint::create());
        const os::Process server = TRY(start_server(program, endpoint, ways.server));
        measure_row(terminal, ways.there, [&] { return bench_there(endpoint.id().raw, ways.tag); });
        measure_row(terminal, ways.back, [&] { return bench_back(endpoint.id().raw, ways.tag); });
        TRY(server.kill());
    }
    return {};
}

namespace {
/// Ten others call the same server, each in its turn, and are ready meanwhile.
Result<> among_clients(const proto::Program& program) {
    const os::Endpoint shared = TRY(os::Endpoint::create());
    const os::Process server = TRY(start_server(program, shared, "10"));
    std::array<os::Process, 10> clients;
    for (os::Process& client : clients)
        client = TRY(start_server(program, shared, "client"));
    os::Message first; // the first answer of a turn has the timer set, the long way
    measure_row(
        program.terminal(), "round-trip-10-clients",
        [&] {
            for (std::size_t turn = 0; turn < 2 * clients.size(); ++turn)
                static_cast<void>(os::invoke(abi::Yield{}));
            static_cast<void>(os::call(shared, first));
            return round_trip(shared.id());
        },
        calls_a_sample);
    for (const os::Process& client : clients)
        TRY(client.kill());
    return server.kill();
}
} // namespace

/// The first row again, with all around it that must not matter.
Result<> messages_in_a_crowd(const proto::Program& program) {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const auto measure = [&](std::string_view name, abi::Handle handle, u64 other_instructions = 0) {
        measure_row(
            program.terminal(), name, [&] { return round_trip(handle) - other_instructions; },
            calls_a_sample);
    };
    {
        const os::Process server = TRY(start_server(program, endpoint, "sse"));
        measure("round-trip-server-with-sse", endpoint.id(), 1);
        TRY(server.kill());
    }
    TRY(among_clients(program));
    const os::Endpoint open = TRY(os::Endpoint::create());
    std::array<os::Process, 10> servers;
    for (os::Process& server : servers)
        server = TRY(start_server(program, open, "10"));
    for (std::size_t i = 0; i < 2 * servers.size(); ++i)
        TRY(os::invoke(abi::Yield{}));
    measure("round-trip-10-servers", open.id());

    const os::Notification bell = TRY(os::Notification::create());
    {
        // They share the core with us: that our turn will end is looked at.
        const os::Process one = TRY(start_server(program, bell, "spin"));
        const os::Process another = TRY(start_server(program, bell, "spin"));
        measure("round-trip-equals-ready", open.id());
        TRY(one.kill());
        TRY(another.kill());
    }
    TRY(open.bind(bell));
    const os::Process other =
        TRY(start_server(program, bell, "spin", os::SpawnRequest::default_priority - 1));
    measure("round-trip-bound-and-others-ready", open.id());
    TRY(other.kill());

    constexpr u32 many = 10'000;
    abi::Handle last{};
    for (u32 i = 0; i < many; ++i)
        last = TRY(os::invoke(abi::HandleCopy{open.id(), abi::rights::all.raw, {}})).handle;
    measure("round-trip-10000-handles", last);
    for (const os::Process& server : servers)
        TRY(server.kill());
    return {};
}

/// A call that passes a handle, from the client's stub to the server's first instruction.
Result<> handle_passing(const proto::Program& program) {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const os::Process server = TRY(start_server(program, endpoint, "stamped-handle"));
    const os::Notification passed = TRY(os::Notification::create());
    measure_row(program.terminal(), "call-passing-a-handle", [&] {
        os::message_buffer().handles[0] = passed.id();
        return bench_there(endpoint.id().raw, 1 << 16);
    });
    return server.kill();
}

} // namespace pith::bench
