// sparetest: the blocks of a disk are kept in memory that no service was promised, and give way to who needs
// it. Runs in the shell's place, with that memory. Prints a line "PASS name" or "FAIL name" for each check;
// the status is the number of failures.
#include "os/mapping.h"
#include "os/time.h"
#include "proto/file_window.h"
#include "proto/program.h"
#include "tests/system/checks/test.h"

#include <algorithm>
#include <vector>

using namespace pith;

namespace {

constexpr std::string_view directory = "/home";
constexpr PageCount window = pages(256);
constexpr u64 windows = 24; ///< of the file: more than the file server has memory of its own

/// Pages that nobody has taken.
Result<u64> free_pages(const os::Budget& spare) {
    const auto info = TRY(spare.info());
    return info.limit.raw - info.used.raw;
}

Result<bool> holds(proto::FileWindow& file, const os::Mapping& mapping) {
    for (u64 i = 0; i < windows; ++i) {
        if (TRY(file.read(i * window.bytes(), window.bytes())) != window.bytes()) return false;
        const auto same = [&](std::byte byte) { return byte == std::byte(i + 1); };
        if (!std::ranges::all_of(mapping.bytes(), same)) return false;
    }
    return true;
}

Result<> run_tests(Test& test, const proto::FileSpace& files, const os::Budget& spare) {
    namespace flags = proto::file::open_flags;
    const auto memory = TRY(os::Memory::create(window));
    const auto mapping =
        TRY(os::Mapping::whole(memory, abi::rights::memory::read | abi::rights::memory::write));
    auto made =
        TRY(files.open(std::string{directory} + "/large", flags::read | flags::write | flags::create));
    auto file = TRY(proto::FileWindow::open(std::move(made), memory));
    const u64 before = TRY(free_pages(spare));
    for (u64 i = 0; i < windows; ++i) {
        std::ranges::fill(mapping.bytes(), std::byte(i + 1));
        TRY(file.write(i * window.bytes(), window.bytes()));
    }
    test.check("a file holds what was written", TRY(holds(file, mapping)));
    const u64 kept = TRY(free_pages(spare));
    test.check("it is kept in memory to spare", kept + 2000 <= before);
    std::vector<os::Memory> taken;
    for (u64 left = kept; left > 1500; left = TRY(free_pages(spare)))
        taken.push_back(TRY(os::Memory::create(pages(std::min<u64>(left - 1500, 4096)), spare)));
    TRY(os::sleep(milliseconds(500)));
    const u64 given = TRY(free_pages(spare));
    test.check("which gives way", given >= before - kept);
    taken.push_back(TRY(os::Memory::create(pages(given - 1500), spare)));
    test.check("and can be used", true);
    test.check("the file holds what was written", TRY(holds(file, mapping)));
    test.check("and takes no more memory", TRY(free_pages(spare)) >= 1000);
    return {};
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const auto spare = TRY(start.take<os::Budget>("spare"));
    Test test{program.terminal()};
    test.part("memory to spare", run_tests(test, program.files(), spare));
    return test.failures();
}
