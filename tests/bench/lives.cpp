#include "groups.h"
#include "os/mapping.h"

/// What threads, processes and memory cost from their beginning to their end.
namespace pith::bench {

namespace {

/// From the call that makes a thread to the news of its end.
Result<> thread_life(const proto::Terminal& terminal) {
    constexpr VirtAddr buffer{0x5800'0000};
    const os::Notification bell = TRY(os::Notification::create());
    const auto live = [&]() -> Result<> {
        const os::Thread thread{
            TRY(os::invoke(abi::ThreadCreate{{}, buffer, os::SpawnRequest::default_priority, {}})).handle};
        TRY(os::invoke(abi::ThreadObserve{thread.id(), bell.id(), 1}));
        TRY(thread.start(VirtAddr{std::bit_cast<u64>(&bench_exit)}, buffer, abi::number_of<abi::ThreadExit>));
        TRY(bell.wait());
        return {};
    };
    measure_row(terminal, "thread-life", [&] { return time_of(live); });
    return {};
}

/// A program that is already in memory: create its process, load it, run it, wait for its end.
Result<> process_life(const proto::Program& program) {
    const auto file = TRY(program.open_file("/bin/true"));
    const auto image = TRY(proto::LoadedFile::load(file));
    const std::array<std::string_view, 1> arguments{"true"};
    const os::Budget own;
    const os::Notification bell = TRY(os::Notification::create());
    const auto live = [&]() -> Result<> {
        const os::Process child = TRY(os::spawn({.image = image.bytes(),
                                                 .arguments = arguments,
                                                 .environment = {},
                                                 .grants = {},
                                                 .budget = &own}));
        TRY(child.observe(bell, 1));
        TRY(bell.wait());
        return {};
    };
    measure_row(program.terminal(), "process-life", [&] { return time_of(live); });
    return {};
}

/// 32 pages of anonymous memory: create, map, write to each, unmap, free. For each page.
Result<> memory_life(const proto::Terminal& terminal) {
    constexpr VirtAddr at{0x5100'0000};
    constexpr PageCount size = pages(32);
    constexpr u64 read_write = 3;
    const auto live = [&]() -> Result<> {
        const os::Memory memory = TRY(os::Memory::create(size));
        TRY(os::invoke(abi::MemoryMap{{}, memory.id(), at, {}, size, read_write}));
        for (u64 page = 0; page < size.raw; ++page)
            *std::bit_cast<volatile u64*>(at.raw + page * page_size) = page;
        return os::invoke(abi::MemoryUnmap{{}, at, size});
    };
    measure_row(
        terminal, "memory-page",
        [&] {
            const u64 all = time_of(live);
            return all == failed ? failed : all / size.raw;
        },
        size.raw);
    return {};
}

} // namespace

Result<> lives(const proto::Program& program) {
    TRY(thread_life(program.terminal()));
    TRY(process_life(program));
    return memory_life(program.terminal());
}

} // namespace pith::bench
