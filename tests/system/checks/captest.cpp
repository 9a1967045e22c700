// captest: handing out, taking back, and hearing that a badge is gone. Prints a line "PASS name" or "FAIL
// name" for each check; the status is the number of failures.
#include "os/message.h"
#include "os/time.h"
#include "tests/system/checks/again.h"
#include "tests/system/checks/test.h"

using namespace pith;

namespace {

constexpr abi::Rights may_call = abi::rights::endpoint::call | abi::rights::copy;

bool tells(const os::Handle& handle, u64 bit) {
    const auto info = os::invoke(abi::HandleInfo{handle.id()});
    return info && (info->rights & bit) != 0;
}
bool has_derived(const os::Handle& handle) { return tells(handle, abi::HandleInfo::has_derived); }
bool was_derived(const os::Handle& handle) { return tells(handle, abi::HandleInfo::was_derived); }

Result<> test_tree(Test& test) {
    const auto endpoint = TRY(os::Endpoint::create());
    const auto first = TRY(endpoint.copy());
    auto second = TRY(first.copy());
    const auto third = TRY(second.copy());
    const auto other = TRY(endpoint.copy());
    test.check("a handle tells where it came from",
               !was_derived(endpoint) && was_derived(first) && was_derived(third));
    second.close();
    test.check("a closed copy's copy stays", has_derived(first) && third.copy().has_value());
    test.check("revoking", first.revoke().has_value() && !has_derived(first) && has_derived(endpoint));
    test.check_error("what was derived is gone", third.copy(), Error::bad_handle);
    test.check("what was not derived stays", first.copy().has_value() && other.copy().has_value());
    bool all = true;
    for (int i = 0; i < 500; ++i)
        all = all && first.copy().transform([](auto copy) { return copy.release(); }).has_value();
    test.check("revoking many", all && first.revoke().has_value() && !has_derived(first));
    return {};
}

/// This program once more, as the client of `endpoint`.
Result<os::Process> start_client(const proto::Program& program, std::string_view part,
                                 const os::Endpoint& endpoint) {
    const std::array grants{os::ChildGrant{"endpoint", &endpoint}};
    return start_again(program, "/bin/captest", part, {.grants = grants});
}

/// Waits for the end of the process; its status.
Result<u64> status_of(const os::Process& process) {
    const auto bell = TRY(os::Notification::create());
    TRY(process.observe(bell, 1));
    const Instant deadline = TRY(os::from_now(milliseconds(5000)));
    TRY(bell.wait(deadline));
    return TRY(process.status()).detail;
}

/// Nobody receives: the client's call waits until its capability is taken back.
Result<> test_waiting_call(Test& test, const proto::Program& program) {
    const auto endpoint = TRY(os::Endpoint::create());
    const auto given = TRY(endpoint.mint(1, may_call));
    const auto client = TRY(start_client(program, "call", given));
    TRY(os::sleep(milliseconds(50))); // it calls meanwhile
    TRY(given.revoke());
    test.check("a waiting call is revoked",
               status_of(client).value_or(0) == static_cast<u64>(Error::revoked));
    return {};
}

/// The client copies what it was given, and the copies, as fast as it can.
Result<> test_copier(Test& test, const proto::Program& program) {
    const auto endpoint = TRY(os::Endpoint::create());
    const auto given = TRY(endpoint.mint(2, may_call));
    const auto client = TRY(start_client(program, "copy", given));
    TRY(os::sleep(milliseconds(50)));
    TRY(given.revoke());
    test.check("revoking ends against who copies without end",
               !has_derived(given) && status_of(client).value_or(1) == 0);
    return {};
}
/// In the client: until there is nothing left to copy.
int copy_without_end(os::Endpoint given) {
    std::array<abi::Handle, 64> held{given.release()};
    u64 failed = 0; // one after the other
    for (u64 i = 0; failed < held.size(); ++i) {
        const auto copy = os::invoke(abi::HandleCopy{held[i % held.size()], may_call.raw, {}});
        failed = copy ? 0 : failed + 1;
        if (!copy) continue;
        abi::Handle& place = held[i * 7 % held.size()];
        static_cast<void>(os::invoke(abi::HandleClose{place}));
        place = copy->handle;
    }
    return 0;
}

/// The endpoint hears when nobody has the badge any more, although the client never called.
Result<> test_gone(Test& test, const proto::Program& program) {
    constexpr u64 badge = 55;
    const auto endpoint = TRY(os::Endpoint::create());
    auto given = TRY(endpoint.mint(badge, may_call));
    const auto client = TRY(start_client(program, "idle", given));
    given.close();
    os::Message message;
    const auto news = os::receive(endpoint, message, TRY(os::from_now(milliseconds(5000))));
    test.check("a client that ends is gone",
               news && news->what == abi::Status::gone && news->badge_or_bits == badge);
    test.check_error("the news comes once",
                     os::receive(endpoint, message, TRY(os::from_now(milliseconds(0)))), Error::timed_out);
    return {};
}

Result<int> run_tests(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    Test test{program.terminal()};
    test.part("the tree", test_tree(test));
    test.part("taking back", test_waiting_call(test, program));
    test.part("copies without end", test_copier(test, program));
    test.part("gone", test_gone(test, program));
    return test.failures();
}

} // namespace

Result<int> program_main(os::Start& start) {
    const std::string_view part = start.argument(1).value_or("");
    if (part != "call" && part != "idle" && part != "copy") return run_tests(start);
    auto endpoint = TRY(start.take<os::Endpoint>("endpoint"));
    if (part == "copy") return copy_without_end(std::move(endpoint));
    if (part == "idle") return 0;
    os::Message message;
    const auto called = os::call(endpoint, message);
    return called ? 0 : static_cast<int>(called.error());
}
