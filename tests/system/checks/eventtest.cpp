// eventtest: queues, and what else tells a program that something happened. A line "PASS name" or "FAIL name"
// for each check; the status is the number of failures.
#include "os/clock.h"
#include "os/queue.h"
#include "os/timer.h"
#include "tests/system/checks/again.h"
#include "tests/system/checks/test.h"

#include <cstring>

using namespace pith;

namespace {

constexpr u64 capacity = 4;
constexpr u64 rounds = 100;

/// This program once more, with what `grants` says.
Result<os::Process> start_partner(const proto::Program& program, std::string_view part,
                                  std::span<const os::ChildGrant> grants) {
    return start_again(program, "/test/eventtest", part, {.grants = grants});
}

os::Message words(std::initializer_list<u64> list) {
    os::Message message;
    std::ranges::copy(list, message.words.begin());
    message.count = static_cast<u32>(list.size());
    return message;
}

Result<> test_queue(Test& test) {
    const os::Queue queue = TRY(os::Queue::create(capacity));
    os::Message message;
    test.check_error("an empty queue", queue.receive(message, Instant{}), Error::would_wait);
    bool sent = true;
    for (u64 i = 0; i < capacity; ++i)
        sent = sent && queue.send(words({i, i + 1})).has_value();
    test.check("sending without a receiver", sent);
    test.check_error("a full queue", queue.send(words({9})), Error::would_wait);
    bool in_order = true;
    for (u64 i = 0; i < capacity; ++i) {
        const bool came = queue.receive(message).has_value();
        in_order =
            in_order && came && message.count == 2 && message.words[0] == i && message.words[1] == i + 1;
    }
    test.check("messages in their order", in_order);

    const os::Notification bell = TRY(os::Notification::create());
    const os::Notification gift = TRY(os::Notification::create());
    TRY(queue.bind(abi::QueueEdge::not_empty, bell, 1));
    TRY(os::invoke(abi::AcceptHandles{abi::max_handles}));
    os::Message with_handle = words({5});
    with_handle.handles[with_handle.handle_count++] = gift.id();
    TRY(queue.send(with_handle));
    test.check("readiness", bell.wait(Instant{}).value_or(0) == 1);
    TRY(queue.receive(message));
    const os::Notification got{message.handles[0]};
    test.check("a handle that travels", got.signal(8) && gift.wait(Instant{}).value_or(0) == 8);
    TRY(queue.send(with_handle));
    test.check("revoking finds it on its way",
               gift.revoke() && queue.receive(message) && message.handle_count == 1 && !message.handles[0]);
    os::Message itself;
    itself.count = 0;
    itself.handle_count = 1;
    itself.handles[0] = queue.id();
    test.check_error("a right to receive does not travel", queue.send(itself), Error::denied);
    return {};
}

/// A partner sends `rounds` messages as fast as the queue takes them; nobody ever waits for the other's turn.
Result<> test_partner(Test& test, const proto::Program& program) {
    os::Queue queue = TRY(os::Queue::create(capacity));
    os::Queue receiving = TRY(queue.copy(abi::rights::queue::receive));
    const os::Process partner =
        [&] {
            const std::array grants{
                os::ChildGrant{"queue", &queue, abi::rights::queue::send | abi::rights::copy}};
            return start_partner(program, "send", grants);
        }()
            .value_or(os::Process{});
    queue.close();
    os::Message message;
    u64 count = 0;
    while (receiving.receive(message) && message.words[0] == count)
        ++count;
    test.check("messages from another process", count == rounds);
    test.check_error("nobody can send any more", receiving.receive(message), Error::closed);
    return {};
}

/// The partner of test_partner.
Result<int> send_all(os::Start& start) {
    const auto queue = TRY(start.take<os::Queue>("queue"));
    const auto bell = TRY(os::Notification::create());
    TRY(queue.bind(abi::QueueEdge::not_full, bell, 1));
    for (u64 i = 0; i < rounds;) {
        const auto sent = queue.send(words({i}));
        if (sent)
            ++i;
        else if (sent.error() == Error::would_wait)
            TRY(bell.wait());
        else
            return fail(sent.error());
    }
    return 0;
}

Result<Instant> kernel_time() { return TRY(os::invoke(abi::ClockRead{})).now; }

Result<> test_timers(Test& test) {
    const os::Notification bell = TRY(os::Notification::create());
    const os::Timer first = TRY(os::Timer::create(bell, 1));
    const os::Timer second = TRY(os::Timer::create(bell, 2));
    const Instant start = TRY(kernel_time());
    TRY(first.set(start + milliseconds(20)));
    TRY(second.set(start + milliseconds(10)));
    const u64 earlier = TRY(bell.wait());
    const Instant between = TRY(kernel_time());
    const u64 later = TRY(bell.wait());
    const Instant end = TRY(kernel_time());
    test.check("timers in their order", earlier == 2 && later == 1);
    test.check("timers do not come early", between.raw >= start.raw + milliseconds(10).raw &&
                                               end.raw >= start.raw + milliseconds(20).raw);
    // Far enough off that it does not come before it is cancelled, whatever else the machine does meanwhile.
    const Instant far = TRY(kernel_time()) + milliseconds(300);
    TRY(first.set(far));
    const bool was_set = TRY(first.cancel());
    test.check_error("a timer that was cancelled", bell.wait(far + milliseconds(3)), Error::timed_out);
    test.check("cancelling tells", was_set && !TRY(first.cancel()));
    TRY(first.set(start));
    test.check("a time that has passed", bell.wait(Instant{}).value_or(0) == 1);
    return {};
}

/// The clock page and the call agree, and time never goes back, on whatever core.
Result<> test_clock(Test& test) {
    const os::Clock clock = TRY(os::Clock::open());
    test.check("the clock without a call", clock.reads_itself());
    bool agrees = true;
    Instant last = clock.now();
    for (int i = 0; i < 2000; ++i) {
        const Instant before = TRY(kernel_time());
        const Instant read = clock.now();
        const Instant after = TRY(kernel_time());
        agrees = agrees && last.raw <= before.raw && before.raw <= read.raw && read.raw <= after.raw;
        last = after;
        if (i % 100 == 0) TRY(os::invoke(abi::Yield{}));
    }
    test.check("the clock page agrees with the call", agrees);

    // A machine whose counter programs cannot read has a page that says so.
    const os::Memory page = TRY(os::Memory::create(pages(1)));
    constexpr abi::ClockData only_the_call{.use_call = 1, .start = ~u64{0}, .factor = ~u64{0}};
    std::memcpy(
        TRY(os::Mapping::whole(page, abi::rights::memory::read | abi::rights::memory::write)).bytes().data(),
        &only_the_call, sizeof only_the_call);
    const os::Clock other = TRY(os::Clock::of(page));
    const Instant before = TRY(kernel_time());
    const Instant read = other.now();
    test.check("a clock page without the time",
               !other.reads_itself() && before.raw <= read.raw && read.raw <= TRY(kernel_time()).raw);
    return {};
}

Result<int> run_tests(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    Test test{program.terminal()};
    test.part("queues", test_queue(test));
    test.part("a queue between two", test_partner(test, program));
    test.part("timers", test_timers(test));
    test.part("the clock", test_clock(test));
    return test.failures();
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto part = start.argument(1);
    if (part == "send") return send_all(start);
    return run_tests(start);
}
