// A BOOTBOOT kernel that checks everything that its loader promised and prints verdicts. What it cannot know
// by itself it is told by the environment: expect_cores, expect_memory (MiB), expect_screen (WxH or none),
// expect_order.
#include "handed.h"
#include "report.h"

#include "base/archive.h"
#include "base/environment.h"

#include <algorithm>

CoreRecord core_records[64];
pith::u32 core_records_used;

extern "C" std::byte exception_vectors[];
extern "C" [[noreturn]] void conformance_main();

namespace pith::conformance {

namespace {

using bootboot::MemoryKind;

constexpr u64 mib = u64{1} << 20;
constexpr u64 gib = u64{1} << 30;

/// Filled by nobody: must be zero when the kernel starts.
std::array<u64, 8192> zeros;
std::array<u64, 4> written{1, 2, 3, 4};

std::optional<u64> number(std::optional<std::string_view> text) {
    if (!text || text->empty()) return std::nullopt;
    u64 value = 0;
    for (const char c : *text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<u64>(c - '0');
    }
    return value;
}

Environment handed_environment() {
    return Environment{{environment, page_size}};
}

// Read through a volatile so that nothing is worked out when compiled.
template <class T>
T look(const T& value) {
    return *static_cast<const volatile T*>(&value);
}

bool is_bcd(u8 value, u8 least, u8 most) {
    if ((value & 15) > 9 || (value >> 4) > 9) return false;
    const u32 plain = (value >> 4) * 10u + (value & 15u);
    return plain >= least && plain <= most;
}

void check_header(Report& report) {
    const auto& info = ::bootboot;
    report.check("information-magic", info.magic == std::array{'B', 'O', 'O', 'T'}, "not BOOT");
    report.check("information-size",
                 info.size > bootboot::header_size && info.size <= page_size && (info.size - 128) % 16 == 0,
                 "not 128 and a map");
    report.check("information-protocol",
                 ((info.protocol & 3) == 1 || (info.protocol & 3) == 2) && info.protocol < 128,
                 "neither level 1 nor 2, little endian");
    report.check("information-unused", info.unused == std::array<u64, 4>{}, "not zero");
    report.check("time-zone", info.timezone >= -1440 && info.timezone <= 1440, "more than a day");
    const auto& time = info.date_time;
    const bool sound = is_bcd(time[0], 19, 21) && is_bcd(time[1], 0, 99) && is_bcd(time[2], 1, 12) &&
                       is_bcd(time[3], 1, 31) && is_bcd(time[4], 0, 23) && is_bcd(time[5], 0, 59) &&
                       is_bcd(time[6], 0, 60) && is_bcd(time[7], 0, 99);
    report.check("date-time", sound, "not a date and time in BCD");
}

void check_map(Report& report) {
    const std::span map{::bootboot.map.data(), ::bootboot.map_entries()};
    bool sorted = true, aligned = true, merged = true, known = true, not_empty = true;
    u64 free = 0, end = 0;
    auto previous = MemoryKind::used;
    for (const auto& piece : map) {
        sorted = sorted && piece.base.raw >= end;
        aligned = aligned && is_page_aligned(piece.base) && is_aligned(piece.size(), page_size);
        merged = merged && !(end != 0 && piece.base.raw == end && piece.kind() == previous);
        known = known && (piece.size_and_kind & 15) <= 3;
        not_empty = not_empty && piece.size() != 0 && piece.base.raw + piece.size() > piece.base.raw;
        free += piece.kind() == MemoryKind::free ? piece.size() : 0;
        end = piece.base.raw + piece.size();
        previous = piece.kind();
    }
    report.check("map-sorted", sorted, "unsorted or overlapping");
    report.check("map-aligned", aligned, "pieces of pages");
    report.check("map-merged", merged, "neighbours of one kind");
    report.check("map-kinds", known && not_empty, "unknown kind, or empty piece");
    report.check("map-page-0", !touches_free(0, page_size), "page 0 is free");
    if (const auto expected = number(handed_environment().get("expect_memory"))) {
        // What the firmware and the display keep is a few MiB; the map never has more than the machine.
        const bool right = free <= *expected * mib && free + 32 * mib >= *expected * mib;
        std::array<char, 80> why;
        report.check("map-memory", right, format_to(why, "{} MiB free of {}", free / mib, *expected));
    }
}

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

void check_environment(Report& report) {
    const auto* const end = std::find(environment, environment + page_size, '\0');
    report.check("environment-ends", end < environment + page_size, "no NUL in the page");
    report.check("environment-rest",
                 std::all_of(end, environment + page_size, [](char c) { return c == '\0'; }),
                 "the page's rest is not zero");
    const Environment handed = handed_environment();
    report.check("environment-config", handed.get("conformance") == "yes", "sys/config is not in it");
    if (const auto expected = handed.get("expect_order"))
        report.check("environment-order", handed.get("order") == expected,
                     "the last occurrence does not win");
}

void check_initrd(Report& report) {
    const u64 start = ::bootboot.initrd.raw;
    const u64 size = ::bootboot.initrd_size;
    const bool reachable = start != 0 && is_page_aligned(::bootboot.initrd) && within(start, size, 16 * gib);
    report.check("initrd-place", reachable, "unaligned or out of reach");
    if (!reachable) return;
    const auto archive = Archive::open({identity(start), size});
    report.check("initrd-archive", archive.has_value(), "not an archive");
    if (!archive) return;
    const auto pattern = archive->read("conformance/pattern");
    bool right = pattern && pattern->size() == 300'001;
    u32 state = 1;
    for (u64 i = 0; right && i < pattern->size(); ++i) {
        state = state * 1'664'525 + 1'013'904'223;
        right = (*pattern)[i] == static_cast<std::byte>(state >> 24);
    }
    report.check("initrd-bytes", right, "the pattern file is missing or damaged");
}

bool sums_to_zero(u64 table, u32 size) {
    u8 sum = 0;
    for (u32 i = 0; i < size; ++i)
        sum = static_cast<u8>(sum + std::to_integer<u8>(*identity(table + i)));
    return sum == 0;
}

void check_acpi(Report& report) {
    const u64 table = ::bootboot.acpi;
    bool sound = table != 0 && table < 4 * gib;
    if (sound) {
        const std::string_view signature = as_text({identity(table), 4});
        u32 size;
        std::memcpy(&size, identity(table + 4), sizeof size);
        sound = (signature == "XSDT" || signature == "RSDT") && size >= 36 && size < mib &&
                sums_to_zero(table, size);
    }
    report.check("acpi-root", sound, "no sound RSDT or XSDT");
    report.check("acpi-not-free", !touches_free(table, table + 36), "in free memory");
}

void wait_for_cores(u32 count) {
    for (u32 tries = 0; tries < 400'000'000; ++tries) {
        if (look(core_records_used) >= count) return;
        asm volatile("pause");
    }
}

void check_cores(Report& report) {
    std::array<char, 100> why;
    const u32 count = ::bootboot.core_count;
    if (const auto expected = number(handed_environment().get("expect_cores")))
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

void check_framebuffer(Report& report) {
    const auto& info = ::bootboot;
    const auto expected = handed_environment().get("expect_screen");
    if (expected == "none") {
        report.check("framebuffer-none", info.framebuffer_scanline == 0, "there is one");
        return;
    }
    const bool sound = info.framebuffer_scanline >= info.framebuffer_width * 4 &&
                       info.framebuffer_width >= 640 && info.framebuffer_height >= 480 &&
                       info.framebuffer_size >= u64{info.framebuffer_scanline} * info.framebuffer_height &&
                       static_cast<u8>(info.framebuffer_format) <= 3;
    report.check("framebuffer-fields", sound, "contradict each other, or there is none");
    if (!sound) return;
    if (expected) {
        std::array<char, 40> size;
        report.check("framebuffer-size",
                     format_to(size, "{}x{}", u32{info.framebuffer_width}, u32{info.framebuffer_height}) ==
                         *expected,
                     "not as expected");
    }
    const u64 last = u64{info.framebuffer_scanline} * info.framebuffer_height - 4;
    bool mapped = true, kept = true;
    for (const u64 offset : {u64{0}, align_down(last / 2, 4), last}) {
        const auto there = translate(address_of(fb) + offset);
        mapped = mapped && there && there->writable && there->physical == info.framebuffer.raw + offset;
        if (!mapped) break;
        auto* const pixel = reinterpret_cast<volatile u32*>(fb + offset);
        *pixel = 0x00'12'34'56;
        kept = kept && (*pixel & 0xff'ffff) == 0x12'34'56;
    }
    report.check("framebuffer-mapped", mapped, "not at its address");
    report.check("framebuffer-writable", mapped && kept, "does not keep what is written");
    report.check("framebuffer-not-free", !touches_free(info.framebuffer.raw, info.framebuffer.raw + last),
                 "in free memory");
}

/// Exceptions end in a line of output.
void catch_exceptions() {
    struct Gate {
        u16 offset_low, selector, type, offset_middle;
        u32 offset_high, unused;
    };
    static std::array<Gate, 32> gates;
    u16 code;
    asm volatile("mov %%cs, %0" : "=r"(code));
    for (u32 i = 0; i < gates.size(); ++i) {
        const u64 at = address_of(exception_vectors) + 16 * u64{i};
        gates[i] = {static_cast<u16>(at),       code, 0x8e00, static_cast<u16>(at >> 16),
                    static_cast<u32>(at >> 32), 0};
    }
    const struct [[gnu::packed]] {
        u16 limit;
        u64 base;
    } table{sizeof gates - 1, address_of(gates.data())};
    asm volatile("lidt %0" ::"m"(table));
}

} // namespace
} // namespace pith::conformance

extern "C" [[noreturn]] void conformance_main() {
    using namespace pith::conformance;
    Report report;
    catch_exceptions();
    check_header(report);
    check_map(report);
    check_memory_in_use(report);
    check_mappings(report);
    check_environment(report);
    check_initrd(report);
    check_acpi(report);
    check_cores(report);
    check_framebuffer(report);
    report.finish();
}
