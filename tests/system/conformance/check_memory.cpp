#include "checks.h"

#include <algorithm>

namespace pith::conformance {

namespace {

constexpr u64 mib = u64{1} << 20;
constexpr u64 gib = u64{1} << 30;

/// Filled by nobody: must be zero when the kernel starts.
std::array<u64, 8192> zeros;
std::array<u64, 4> written{1, 2, 3, 4};

/// Pages that the topmost gigabyte maps, without the framebuffer.
u64 mapped_pages_in_free_memory() {
    u64 count = 0;
    const u64 screen = ::bootboot.framebuffer.raw;
    for (u64 page = u64{0} - gib; page != 0; page += page_size) {
        const auto there = translate(page);
        if (!there) {
            if (!translate(page & ~(2 * mib - 1)) && is_aligned(page, 2 * mib)) page += 2 * mib - page_size;
            continue;
        }
        if (page >= address_of(fb) && there->physical >= screen && there->physical < screen + 64 * mib)
            continue;
        count += touches_free(there->physical, there->physical + page_size) ? 1 : 0;
    }
    return count;
}

} // namespace

void check_memory_in_use(Report& report) {
    std::array<char, 80> why;
    const u64 tables = tables_in_free_memory();
    report.check("in-use-page-tables", tables == 0, format_to(why, "{} page tables in free memory", tables));
    const u64 mapped = mapped_pages_in_free_memory();
    report.check("in-use-kernel", mapped == 0, format_to(why, "{} mapped pages in free memory", mapped));
    const u64 initrd = ::bootboot.initrd.raw;
    report.check("in-use-initrd", !touches_free(initrd, initrd + ::bootboot.initrd_size), "in free memory");
    struct [[gnu::packed]] {
        u16 limit;
        u64 base;
    } gdt;
    asm volatile("sgdt %0" : "=m"(gdt));
    report.check("in-use-gdt", !touches_free(gdt.base, gdt.base + gdt.limit), "in free memory");
}

void check_mappings(Report& report) {
    bool identical = true;
    for (u64 at = 0; at < 16 * gib; at += at < 2 * mib ? page_size : 2 * mib) {
        const auto there = translate(at);
        identical = identical && there && there->physical == at;
    }
    report.check("identity-map", identical, "the first 16 GiB are not mapped one to one");
    if (identical) {
        look(*identity(16 * gib - 1));
        look(*identity(mib));
        report.check("identity-readable", true, "");
    }
    const u64 start = address_of(kernel_start);
    const auto first = translate(start);
    bool contiguous = first && first->page == page_size && first->writable;
    for (u64 at = start; at < address_of(kernel_end); at += page_size) {
        const auto there = translate(at);
        contiguous = contiguous && there && there->physical == first->physical + (at - start);
    }
    report.check("kernel-mapped", contiguous, "not in small writable pages in a row");
    report.check("kernel-bss", std::ranges::all_of(zeros, [](const u64& word) { return look(word) == 0; }),
                 "not zero");
    report.check("kernel-data", look(written[3]) == 4, "not as in the file");
    written[3] = 5;
    report.check("information-mapped", translate(address_of(&::bootboot)).has_value(), "absent");
    report.check("environment-mapped", translate(address_of(environment)).has_value(), "absent");
}

} // namespace pith::conformance
