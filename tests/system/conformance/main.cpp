// A BOOTBOOT kernel that checks everything that its loader promised and prints verdicts. What it cannot know
// by itself it is told by the environment: expect_cores, expect_memory (MiB), expect_screen (WxH or none),
// expect_order.
#include "checks.h"

extern "C" std::byte exception_vectors[];
extern "C" [[noreturn]] void conformance_main();

namespace pith::conformance {

std::optional<u64> expected_number(std::string_view key) {
    const auto text = handed_environment().get(key);
    if (!text || text->empty()) return std::nullopt;
    u64 value = 0;
    for (const char c : *text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<u64>(c - '0');
    }
    return value;
}

namespace {

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
