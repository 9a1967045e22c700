#include "cost.h"

#include <algorithm>
#include <atomic>

namespace pith::devices {
namespace {

u64 stamp() {
    u32 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return u64{high} << 32 | low;
}

/// Raises the interrupt whenever it is asked to; runs when the driver waits.
struct Raiser {
    Edu* edu;
    std::atomic<bool> wanted = false;
    u64 begin = 0;
};
alignas(64) std::array<std::byte, 8192> raiser_stack;

[[noreturn]] void raise_when_wanted(u64 address) {
    auto& raiser = *reinterpret_cast<Raiser*>(address);
    for (;;) {
        while (!raiser.wanted.exchange(false)) {
        }
        raiser.begin = stamp();
        raiser.edu->raise(1);
    }
}

/// From the store that raises it to the driver's first instruction behind its wait.
Result<u64> one(const os::Notification& bell, const os::Interrupt& interrupt, Raiser& raiser) {
    raiser.wanted = true;
    TRY(bell.wait());
    const u64 end = stamp();
    raiser.edu->lower(~0u);
    TRY(interrupt.acknowledge());
    return end - raiser.begin;
}

} // namespace

Result<> measure_interrupt(const Test& test, const os::System& system, Edu& edu) {
    constexpr VirtAddr buffer{0x7000'0000};
    constexpr u64 priority = 8;
    const auto bell = TRY(os::Notification::create());
    const auto message = TRY(os::MessageInterrupt::create(system, edu.device()));
    edu.use_message(message.address, message.data);
    TRY(message.interrupt.bind(bell, 1));
    static Raiser raiser{&edu};
    const os::Thread thread{TRY(os::invoke(abi::ThreadCreate{{}, buffer, priority, {}})).handle};
    const u64 top = reinterpret_cast<u64>(raiser_stack.data() + raiser_stack.size());
    TRY(thread.start({reinterpret_cast<u64>(&raise_when_wanted)}, {top - 8}, reinterpret_cast<u64>(&raiser)));
    std::array<u64, 15> samples{};
    TRY(one(bell, message.interrupt, raiser)); // once for what is only done the first time
    for (u64& sample : samples)
        sample = TRY(one(bell, message.interrupt, raiser));
    std::sort(samples.begin(), samples.end(),
              [](u64 a, u64 b) { return a < b; }); // libc++ keeps the plain one in its library
    test.terminal().print("row interrupt-to-driver {} {} {}\n", samples.front(), samples[samples.size() / 2],
                          samples.back());
    return os::invoke(abi::ThreadKill{thread.id()});
}

} // namespace pith::devices
