#include "checks.h"

#include <algorithm>

CoreRecord core_records[64];
pith::u32 core_records_used;

namespace pith::conformance {

namespace {

void wait_for_cores(u32 count) {
    for (u32 tries = 0; tries < 20'000'000; ++tries) {
        if (look(core_records_used) >= count) return;
        asm volatile("pause");
    }
}

} // namespace

void check_cores(Report& report) {
    std::array<char, 100> why;
    const u32 count = ::bootboot.core_count;
    if (const auto expected = expected_number("expect_cores"))
        report.check("cores-promised", count == *expected, format_to(why, "{} of {}", count, *expected));
    wait_for_cores(count);
    const u32 came = look(core_records_used);
    report.check("cores-come", came == count, format_to(why, "{} of {}", came, count));

    const u64 stack_size = address_of(initstack);
    bool placed = true, mapped = true, quiet = true, caches = true, modes = true, unique = true;
    u64 seen = 0;
    for (u32 i = 0; i < std::min<u32>(came, 64); ++i) {
        while (look(core_records[i].complete) == 0) {
        }
        const CoreRecord& core = core_records[i];
        const u64 below_top = u64{0} - core.stack;
        const u64 index = below_top / stack_size;
        placed = placed && below_top % stack_size == 0 && index < count;
        unique = unique && index < 64 && (seen & (u64{1} << index)) == 0;
        seen |= u64{1} << (index & 63);
        const auto lowest = translate(core.stack - stack_size);
        mapped = mapped && lowest && lowest->writable && translate(core.stack - 8);
        constexpr u64 interrupts = 1 << 9, direction = 1 << 10;
        quiet = quiet && (core.flags & (interrupts | direction)) == 0;
        constexpr u64 cache_disable = 1 << 30, not_write_through = 1 << 29;
        caches = caches && (core.cr0 & (cache_disable | not_write_through)) == 0;
        constexpr u64 paging = u64{1} << 31, osfxsr = 1 << 9;
        modes = modes && (core.cr0 & paging) != 0 && (core.cr4 & osfxsr) != 0;
    }
    report.check("cores-stacks", placed && unique,
                 "not one below the other from the top of the address space");
    report.check("cores-stacks-mapped", mapped, "not mapped writable");
    report.check("cores-flags", quiet, "interrupts or direction flag on");
    report.check("cores-caches", caches, "caches off");
    report.check("cores-modes", modes, "no paging, or no SSE state");
}

} // namespace pith::conformance
