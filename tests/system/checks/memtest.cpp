// memtest: parts of memory objects, sealing, long ranges, and memory that its owner takes away while somebody
// copies from it. Prints a line "PASS name" or "FAIL name" for each check; the status is the number of
// failures.
#include "os/guarded.h"
#include "os/mapping.h"
#include "os/time.h"
#include "tests/system/checks/again.h"
#include "tests/system/checks/test.h"

#include <algorithm>
#include <array>

using namespace pith;

namespace {

namespace access = abi::rights::memory;
constexpr abi::Rights read_write = access::read | access::write;

/// A copy of this program that gets a budget and does what the mode says with it.
Result<os::Process> start_child(const proto::Program& program, const os::Budget& budget,
                                std::string_view mode) {
    const std::array grants{os::ChildGrant{"budget", &budget}};
    return start_again(program, "/test/memtest", mode, {.grants = grants});
}

Result<> test_parts(Test& test) {
    const auto memory = TRY(os::Memory::create(pages(4)));
    auto all = TRY(os::Mapping::whole(memory, read_write));
    all.bytes()[2 * page_size] = std::byte{42};
    const auto slice = TRY(memory.slice(pages(2), pages(1), access::read | abi::rights::copy));
    const auto part = TRY(os::Mapping::whole(slice, access::read));
    test.check("a slice shows its part",
               part.bytes().size() == page_size && part.bytes()[0] == std::byte{42});
    test.check_error("and no more", os::Mapping::create(slice, pages(2), access::read), Error::bad_argument);
    test.check_error("not for writing", os::Mapping::whole(slice, read_write), Error::denied);
    test.check_error("nothing is sealed that is written to", memory.seal(), Error::wrong_state);
    all = {};
    test.check("what nobody writes to can be sealed", memory.seal().has_value());
    test.check_error("and is not written to again", os::Mapping::whole(memory, read_write), Error::denied);
    test.check("but read", os::Mapping::whole(memory, access::read).has_value());
    return {};
}

/// More than one slice of kernel work each.
Result<> test_long_ranges(Test& test) {
    constexpr PageCount size = pages(1500);
    const auto memory = TRY(os::Memory::create(size));
    constexpr VirtAddr at{0x2'0000'0000};
    const os::Process& self = os::runtime().self;
    TRY(self.map(memory, at, size, read_write));
    auto* first = reinterpret_cast<volatile u64*>(at.raw);
    first[(size.bytes() - 8) / 8] = 7;
    TRY(os::invoke(abi::MemoryProtect{self.id(), at, size, access::read.raw}));
    test.check("a long range is protected", first[(size.bytes() - 8) / 8] == 7);
    TRY(self.unmap(at + pages(1), size - pages(2)));
    test.check_error("unmapped, it is free", self.map(memory, at, size, read_write), Error::bad_address);
    TRY(self.map(memory, at + pages(1), size - pages(2), read_write));
    TRY(self.unmap(at, size));
    return {};
}

Result<> test_guarded(Test& test, const proto::Program& program) {
    const os::Budget own;
    const auto budget = TRY(own.split(pages(200)));
    const auto memory = TRY(os::Memory::create(pages(100), budget));
    const auto mapping = TRY(os::Mapping::guarded(memory, read_write));
    std::array<std::byte, 777> sent{}, received{};
    std::ranges::fill(sent, std::byte{9});
    const auto window = mapping.bytes().subspan(page_size - 300, sent.size());
    TRY(os::guarded_copy(window, sent));
    TRY(os::guarded_copy(received, window));
    test.check("guarded memory is copied", received == sent);

    const auto client = TRY(start_child(program, budget, "takes-away"));
    Result<> copied;
    u64 copies = 0;
    while (copied) {
        copied = os::guarded_copy(received, window);
        ++copies;
    }
    test.check("its owner takes it away during a copy",
               copies > 1 && (copied.error() == Error::closed || copied.error() == Error::bad_address));
    test.check_error("nor can it be written to", os::guarded_copy(window, sent), Error::closed);
    test.check("its frames are back", TRY(budget.info()).used <= pages(2));
    TRY(end_of(client));

    const auto victim = TRY(start_child(program, budget, "touches"));
    const auto status = TRY(end_of(victim));
    constexpr u64 page_fault = 14;
    test.check("touched otherwise, it is a fault",
               status.kind == std::to_underlying(abi::ExitKind::faulted) && status.detail == page_fault);
    return {};
}

/// A program that starts another one, and ends before it.
Result<os::Process> start_maker(const proto::Program& program, const os::Budget& budget,
                                std::string_view mode) {
    const abi::Rights call_only = abi::rights::endpoint::call | abi::rights::copy;
    const std::array grants{os::ChildGrant{"budget", &budget},
                            os::ChildGrant{"console", &program.terminal().client().endpoint(), call_only},
                            os::ChildGrant{"files", &program.files().endpoint(), call_only}};
    return start_again(program, "/test/memtest", mode, {.grants = grants, .budget = &budget});
}

Result<> test_ends(Test& test, const proto::Program& program) {
    const os::Budget own;
    const auto outer = TRY(own.split(pages(1000)));
    const auto budget = TRY(outer.split(pages(800)));
    const auto bell = TRY(os::Notification::create());
    TRY(budget.observe(bell, 1, pages(800)));
    test.check("nothing is missing yet", !bell.wait(Instant{}).has_value());
    const auto memory = TRY(os::Memory::create(pages(20), budget));
    test.check("a mark is told of", bell.wait(Instant{}).value_or(0) == 1);
    const auto mapping = TRY(os::Mapping::guarded(memory, read_write));

    const auto maker = TRY(start_maker(program, budget, "leaves"));
    TRY(end_of(maker));
    test.check("what a program has left behind is in use", TRY(budget.info()).used > pages(30));
    test.check_error("less than is in use cannot be left", budget.resize(outer, pages(30)),
                     Error::wrong_state);
    TRY(budget.resize(outer, pages(750)));
    TRY(budget.observe(bell, 2, pages(0)));
    test.check("it ends with the budget", TRY(budget.end()) == pages(0));
    test.check("which is told", bell.wait(Instant{}).value_or(0) == 2);
    test.check("all is back", TRY(outer.info()).used == pages(0));
    test.check_error("its handles are stale", memory.size(), Error::bad_handle);
    std::array<std::byte, 8> some{};
    test.check_error("its memory is gone", os::guarded_copy(mapping.bytes().first(some.size()), some),
                     Error::closed);
    return {};
}

Result<int> run_tests(const proto::Program& program) {
    Test test{program.terminal()};
    test.part("parts", test_parts(test));
    test.part("long ranges", test_long_ranges(test));
    test.part("guarded", test_guarded(test, program));
    test.part("ends", test_ends(test, program));
    return test.failures();
}

} // namespace

Result<int> program_main(os::Start& start) {
    const std::string_view mode = start.argument(1).value_or("");
    if (mode.empty()) return run_tests(TRY(proto::Program::open(start)));
    const auto budget = TRY(start.take<os::Budget>("budget"));
    if (mode == "leaves") {
        const auto program = TRY(proto::Program::open(start));
        TRY(start_maker(program, budget, "stays"));
        return 0;
    }
    if (mode == "stays")
        for (;;)
            TRY(os::sleep(milliseconds(1000)));
    if (mode == "takes-away") {
        TRY(os::sleep(milliseconds(20)));
        TRY(budget.reclaim());
        return 0;
    }
    const auto memory = TRY(os::Memory::create(pages(1), budget));
    const auto mapping = TRY(os::Mapping::whole(memory, read_write));
    TRY(budget.reclaim());
    mapping.bytes()[0] = std::byte{1}; // a fault
    return 1;
}
