// Instructions, vectors, ports and model-specific registers that a program must not reach.
#include "driver.h"

namespace pith::attacks {
namespace {

template <class... Byte>
constexpr std::array<std::byte, sizeof...(Byte)> code(Byte... bytes) {
    return {static_cast<std::byte>(bytes)...};
}

/// Runs one piece of code with many arguments; one line for all of them.
template <class Arguments>
void probe_all(Driver& driver, std::string_view name, std::span<const std::byte> bytes, u64 mask,
               const Arguments& arguments) {
    if (!driver.wants(name)) return;
    Text<80> failure;
    for (const u64 argument : arguments) {
        const auto end = driver.bare().run(bytes, argument);
        if (end && (end->outcome & mask) != 0) continue;
        failure.format("argument {:#x}: {:#x}", argument, end ? end->outcome : 0);
        break;
    }
    driver.report(name, failure.view());
}

/// Ports: densely where the devices of a PC are, then here and there.
class Ports {
  public:
    struct Iterator {
        u64 port;
        u64 operator*() const { return port; }
        Iterator& operator++() {
            port += port < 0x500 ? 1 : 61;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return port < other.port; }
    };
    [[nodiscard]] static Iterator begin() { return {0}; }
    [[nodiscard]] static Iterator end() { return {0x10000}; }
};

constexpr std::array<u64, 24> msrs{0x10,       0x1b,       0x3a,       0x48,       0x8b,       0x174,
                                   0x175,      0x176,      0x179,      0x1a0,      0x1d9,      0x200,
                                   0x277,      0x2ff,      0x6e0,      0x830,      0xc0000080, 0xc0000081,
                                   0xc0000082, 0xc0000084, 0xc0000100, 0xc0000101, 0xc0000102, 0xffffffff};

} // namespace

void attack_by_instructions(Driver& driver) {
    for (const Probe& probe : probes())
        driver.probe(probe.name, probe.code(), probe.argument, probe.mask);
}

void attack_by_vectors(Driver& driver) {
    if (!driver.wants("vectors.int-n")) return;
    Text<80> failure;
    for (u64 vector = 0; vector < 256; ++vector) {
        const auto bytes = code(0xcd, vector);
        u64 mask = may::protection;
        if (vector == 3) mask = may::breakpoint;
        if (vector == 4) mask = may::overflow;
        const auto end = driver.bare().run(bytes, 0);
        if (end && (end->outcome & mask) != 0) continue;
        failure.format("vector {}: {:#x}", vector, end ? end->outcome : 0);
        break;
    }
    driver.report("vectors.int-n", failure.view());
}

void attack_by_ports(Driver& driver) {
    const Ports all;
    constexpr u64 mask = may::protection;
    // mov edx, edi; then the instruction
    probe_all(driver, "ports.in-8", code(0x89, 0xfa, 0xec), mask, all);
    probe_all(driver, "ports.in-16", code(0x89, 0xfa, 0x66, 0xed), mask, all);
    probe_all(driver, "ports.in-32", code(0x89, 0xfa, 0xed), mask, all);
    probe_all(driver, "ports.out-8", code(0x89, 0xfa, 0xee), mask, all);
    probe_all(driver, "ports.out-16", code(0x89, 0xfa, 0x66, 0xef), mask, all);
    probe_all(driver, "ports.out-32", code(0x89, 0xfa, 0xef), mask, all);
    const std::array<u64, 5> some{0x20, 0x60, 0x3f8, 0xcf8, 0xffff};
    probe_all(driver, "ports.ins", code(0x89, 0xfa, 0x48, 0x89, 0xe7, 0x6c), mask,
              some); // mov rdi, rsp; insb
    probe_all(driver, "ports.outs", code(0x89, 0xfa, 0x48, 0x89, 0xe6, 0x6e), mask, some);
    const std::array<u64, 1> none{0};
    probe_all(driver, "ports.in-immediate", code(0xe4, 0x64), mask, none);
    probe_all(driver, "ports.out-immediate", code(0xb0, 0xfe, 0xe6, 0x64), mask, none); // the reset line
}

void attack_by_msrs(Driver& driver) {
    constexpr u64 mask = may::protection;
    probe_all(driver, "msrs.read", code(0x89, 0xf9, 0x0f, 0x32), mask, msrs); // mov ecx, edi; rdmsr
    probe_all(driver, "msrs.write", code(0x89, 0xf9, 0x0f, 0x30), mask, msrs);
}

} // namespace pith::attacks
