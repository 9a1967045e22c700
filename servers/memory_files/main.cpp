// The memory file system: files that last as long as this process does.
#include "os/start.h"
#include "proto/wall_clock.h"
#include "servers/memory_files/memory_files.h"

using namespace pith;

namespace {

/// What the program itself, and the heap's cuttings, may take of the budget.
constexpr PageCount own_share = pages(128);

u64 limit_of(const abi::BudgetInfo::Reply& budget) {
    const u64 left = budget.limit.raw - budget.used.raw;
    return left > own_share.raw ? (left - own_share.raw) / 8 * 7 * page_size : 0;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto endpoint = TRY(start.take<os::Endpoint>("serve"));
    const auto budget = TRY(start.take<os::Budget>("budget"));
    const auto clock = TRY(proto::WallClock::open(start));
    const auto kept = TRY(proto::file::KeptRecord::open(start));
    auto epoch = TRY(kept.begin());
    epoch.changed(); // from now on: nothing here is ever safe
    os::memory_files::MemoryFiles files{limit_of(TRY(budget.info())), [&] { return clock.now(); },
                                        static_cast<u32>(epoch.number() >> 16)};
    proto::file::Service service{endpoint, files, epoch};
    os::log_line("ready");
    TRY(os::serve<proto::file::Protocol>(endpoint, service));
    return 0;
}
