// ipctest: two processes that talk, and check what they hear. Prints a line "PASS name" or "FAIL name" for
// each check; the status is the number of failures.
#include "os/mapping.h"
#include "os/server.h"
#include "tests/system/checks/again.h"
#include "tests/system/checks/test.h"

#include <algorithm>

using namespace pith;

namespace {

struct Sum {
    using Reply = struct SumReply;
    static constexpr bool repeatable = true;
    u64 a;
    u64 b;
};
struct SumReply {
    u64 sum;
    u64 badge;
};
struct Long {
    using Reply = Long;
    static constexpr bool repeatable = true;
    std::array<u64, 60> words;
};
/// Adds 1 to the first byte of the memory.
struct Touch {
    using Reply = os::Done;
    using Handles = TypeList<os::Memory>;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
struct Give {
    using Reply = os::Done;
    using ReplyHandles = TypeList<os::Memory>;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
/// Answered through a Reply that the server keeps.
struct Later {
    using Reply = SumReply;
    static constexpr bool repeatable = false;
    u64 unused = 0;
};
/// The server ends without answering.
struct Die {
    using Reply = os::Done;
    static constexpr bool repeatable = false;
    u64 unused = 0;
};
struct Protocol {
    using Messages = TypeList<Sum, Long, Touch, Give, Later, Die>;
};
/// What a client speaks that knows more than the server does.
struct Unknown {
    using Reply = os::Done;
    static constexpr bool repeatable = true;
    u64 unused = 0;
};
struct Newer {
    using Messages = TypeList<Sum, Long, Touch, Give, Later, Die, Unknown>;
};
/// The first message of a client that does not know its length.
struct ShortSum {
    using Reply = SumReply;
    static constexpr bool repeatable = true;
    u64 a;
};
struct Wrong {
    using Messages = TypeList<ShortSum>;
};

constexpr abi::Rights read_write = abi::rights::memory::read | abi::rights::memory::write;

class Server {
  public:
    Result<SumReply> on(const Sum& m, const os::Caller<Sum>& caller) {
        return SumReply{m.a + m.b, caller.badge()};
    }
    Result<Long> on(const Long& m, const os::Caller<Long>&) {
        Long reply = m;
        std::ranges::reverse(reply.words);
        return reply;
    }
    Result<os::Done> on(const Touch&, const os::Caller<Touch>&, os::Memory memory) {
        const auto mapping = TRY(os::Mapping::whole(memory, read_write));
        mapping.bytes()[0] = static_cast<std::byte>(std::to_integer<int>(mapping.bytes()[0]) + 1);
        return os::Done{};
    }
    Result<os::Answer<Give>> on(const Give&, const os::Caller<Give>&) {
        os::Memory memory = TRY(os::Memory::create(pages(1)));
        {
            const auto mapping = TRY(os::Mapping::whole(memory, read_write));
            mapping.bytes()[7] = std::byte{7};
        }
        return os::Answer<Give>{os::Done{}, {std::move(memory)}};
    }
    os::MaybeAnswer<Later> on(const Later&, const os::Caller<Later>& caller) {
        auto pending = caller.keep();
        if (!pending) return fail(pending.error());
        pending->answer(SumReply{99, caller.badge()});
        return std::nullopt;
    }
    Result<os::Done> on(const Die&, const os::Caller<Die>&) { os::exit(3); }
};

u8 first_byte(const os::Memory& memory) {
    const auto mapping = os::Mapping::whole(memory, abi::rights::memory::read);
    return mapping ? std::to_integer<u8>(mapping->bytes()[0]) : 0;
}

void test_messages(Test& test, const os::Client<Protocol>& client) {
    const auto sum = client.call(Sum{20, 22});
    test.check("a short message", sum && sum->sum == 42);
    test.check("the badge", sum && sum->badge == 77);
    Long message{};
    for (u64 i = 0; i < message.words.size(); ++i)
        message.words[i] = i * i;
    const auto reversed = client.call(message);
    std::ranges::reverse(message.words);
    test.check("a long message", reversed && reversed->words == message.words);
    const auto later = client.call(Later{});
    test.check("a kept reply", later && later->sum == 99);
    bool all = true;
    for (u64 i = 0; i < 1000; ++i) {
        const auto next = client.call(Sum{i, 1});
        all = all && next && next->sum == i + 1;
    }
    test.check("a thousand calls", all);
}

void test_handles(Test& test, const os::Client<Protocol>& client) {
    const auto memory = os::Memory::create(pages(1));
    bool touched = memory.has_value();
    for (int i = 0; touched && i < 100; ++i)
        touched = client.call(Touch{}, *memory).has_value();
    test.check("a handle in a message", touched && first_byte(*memory) == 100);
    const auto given = client.call(Give{});
    const auto mapping = given ? os::Mapping::whole(std::get<0>(given->handles), abi::rights::memory::read)
                               : Result<os::Mapping>{fail(given.error())};
    test.check("a handle in a reply", mapping && mapping->bytes()[7] == std::byte{7});
}

void test_refusals(Test& test, const os::Endpoint& endpoint) {
    const auto copy = [&] { return endpoint.copy().value_or(os::Endpoint{}); };
    test.check_error("an unknown message", os::Client<Newer>{copy()}.call(Unknown{}), Error::unknown_call);
    test.check_error("a message that is too short", os::Client<Wrong>{copy()}.call(ShortSum{1}),
                     Error::bad_argument);
    os::Message message;
    os::detail::encode(2, Touch{}, message);
    message.handles[0] = endpoint.id();
    message.handle_count = 1;
    const bool answered = os::call(endpoint, message).has_value();
    test.check("a handle of the wrong kind",
               answered && static_cast<Error>(message.words[0] & 0xff) == Error::wrong_kind);
    test.check_error("minting without the right", endpoint.mint(1, abi::rights::all), Error::denied);
    const auto weak = endpoint.copy(abi::rights::copy);
    message.count = 1;
    message.handle_count = 0;
    if (weak) test.check_error("calling without the right", os::call(*weak, message), Error::denied);
    test.check_error("a handle that is closed", os::invoke(abi::HandleClose{abi::Handle::make(3000, 1)}),
                     Error::bad_handle);
}

void test_waits(Test& test) {
    const auto bell = os::Notification::create();
    if (!bell) return test.check("a notification", false);
    test.check_error("a poll", bell->wait(Instant{}), Error::would_wait);
    const auto now = os::invoke(abi::ClockRead{});
    const Instant then = now ? now->now + milliseconds(5) : Instant{};
    test.check_error("a deadline", bell->wait(then), Error::timed_out);
    const auto after = os::invoke(abi::ClockRead{});
    test.check("the clock behind it", after && after->now.raw >= then.raw);
    const bool rung = bell->signal(1) && bell->signal(4);
    const auto bits = bell->wait();
    test.check("bits that add up", rung && bits && *bits == 5);
}

Result<os::Process> start_server(const proto::Program& program, const os::Endpoint& endpoint,
                                 const os::Notification& bell) {
    const std::array grants{os::ChildGrant{"serve", &endpoint}, os::ChildGrant{"bell", &bell}};
    return start_again(program, "/bin/ipctest", "serve", {.grants = grants});
}

/// The caller hears of the end, and so does who observes the process.
void test_death(Test& test, const os::Client<Protocol>& client, const os::Process& server) {
    const auto bell = os::Notification::create();
    const bool observed = bell && server.observe(*bell, 2);
    const auto died = client.call(Die{});
    test.check("a server that ends",
               !died && (died.error() == Error::interrupted || died.error() == Error::dropped ||
                         died.error() == Error::closed));
    test.check("its observer", observed && bell->wait().value_or(0) == 2);
    const auto end = server.status();
    test.check("its status", end && end->kind == 0 && end->detail == 3);
}

/// One server dies, the next takes over its endpoint: clients keep their handles.
Result<> test_servers(Test& test, const proto::Program& program) {
    const os::Endpoint endpoint = TRY(os::Endpoint::create());
    const os::Notification bell = TRY(os::Notification::create());
    const os::Process server = TRY(start_server(program, endpoint, bell));
    const auto badged = TRY(endpoint.mint(77, abi::rights::endpoint::call | abi::rights::copy));
    const os::Client<Protocol> client{TRY(badged.copy())};
    test_messages(test, client);
    test_handles(test, client);
    test_refusals(test, badged);
    test_death(test, client, server);
    const os::Notification other_bell = TRY(os::Notification::create());
    const os::Process successor = TRY(start_server(program, endpoint, other_bell));
    const auto sum = client.call(Sum{1, 2});
    test.check("a successor", sum && sum->sum == 3);
    const bool killed = successor.kill().has_value();
    const auto end = successor.status();
    test.check("killing it", killed && end && end->kind == static_cast<u64>(abi::ExitKind::killed));
    return {};
}

Result<int> run_tests(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    Test test{program.terminal()};
    test_waits(test);
    test.part("two servers", test_servers(test, program));
    return test.failures();
}

} // namespace

Result<int> program_main(os::Start& start) {
    if (start.argument(1) != "serve") return run_tests(start);
    const os::Endpoint endpoint = TRY(start.take<os::Endpoint>("serve"));
    const os::Notification bell = TRY(start.take<os::Notification>("bell"));
    TRY(endpoint.bind(bell));
    Server server;
    TRY(os::serve<Protocol>(endpoint, server));
    return 0;
}
