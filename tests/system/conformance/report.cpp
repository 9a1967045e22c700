#include "report.h"

#include "base/panic.h"

#include <__verbose_abort>

namespace pith::conformance {

namespace {

void write_port(u16 port, u8 value) { asm volatile("outb %0, %1" ::"a"(value), "Nd"(port)); }
u8 read_port(u16 port) {
    u8 value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

void print(char c) {
    constexpr u16 com1 = 0x3f8;
    for (u32 tries = 0; tries < 100'000 && (read_port(com1 + 5) & 0x20) == 0; ++tries) {
    }
    write_port(com1, static_cast<u8>(c));
}

[[noreturn]] void leave(bool well) {
    write_port(0xf4, well ? 0x10 : 0x11);
    for (;;)
        asm volatile("cli; hlt");
}

} // namespace

void print(std::string_view text) {
    for (const char c : text)
        print(c);
}

void Report::check(std::string_view name, bool holds, std::string_view why) {
    std::array<char, 200> line;
    if (holds) {
        ++passed_;
        print(format_to(line, "PASS {}\n", name));
    } else {
        ++failed_;
        print(format_to(line, "FAIL {}: {}\n", name, why));
    }
}

void Report::finish() const {
    std::array<char, 80> line;
    print(format_to(line, "conformance: {} passed, {} failed\n", passed_, failed_));
    leave(failed_ == 0);
}

} // namespace pith::conformance

extern "C" [[noreturn]] void conformance_exception(pith::u64 vector, pith::u64 rip, pith::u64 address);
void conformance_exception(pith::u64 vector, pith::u64 rip, pith::u64 address) {
    std::array<char, 120> line;
    pith::conformance::print(
        pith::format_to(line, "FAIL exception: vector {} at {:#x}, address {:#x}\n", vector, rip, address));
    pith::conformance::leave(false);
}

void panic(const char* what, const char* file, int line) {
    std::array<char, 200> text;
    pith::conformance::print(pith::format_to(text, "FAIL panic: {} ({}:{})\n", what, file, line));
    pith::conformance::leave(false);
}

_LIBCPP_BEGIN_NAMESPACE_STD
void __libcpp_verbose_abort(const char* format, ...) { ::panic(format); }
_LIBCPP_END_NAMESPACE_STD
