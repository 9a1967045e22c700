#include "checks.h"

#include "base/archive.h"

#include <algorithm>

namespace pith::conformance {

namespace {

using bootboot::MemoryKind;

constexpr u64 mib = u64{1} << 20;
constexpr u64 gib = u64{1} << 30;

bool is_bcd(u8 value, u8 least, u8 most) {
    if ((value & 15) > 9 || (value >> 4) > 9) return false;
    const u32 plain = (value >> 4) * 10u + (value & 15u);
    return plain >= least && plain <= most;
}

bool sums_to_zero(u64 table, u32 size) {
    u8 sum = 0;
    for (u32 i = 0; i < size; ++i)
        sum = static_cast<u8>(sum + std::to_integer<u8>(*identity(table + i)));
    return sum == 0;
}

} // namespace

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
    if (const auto expected = expected_number("expect_memory")) {
        // What the firmware and the display keep is a few MiB; the map never has more than the machine.
        const bool right = free <= *expected * mib && free + 32 * mib >= *expected * mib;
        std::array<char, 80> why;
        report.check("map-memory", right, format_to(why, "{} MiB free of {}", free / mib, *expected));
    }
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

} // namespace pith::conformance
