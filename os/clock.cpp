#include "os/clock.h"

namespace pith::os {

namespace {

/// The counter, not before what was read earlier (Intel SDM vol. 2, RDTSC).
u64 read_counter() {
    u64 low, high;
    asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return high << 32 | low;
}

} // namespace

Result<Clock> Clock::open() { return of(Memory{TRY(invoke(abi::ClockPage{})).handle}); }

Result<Clock> Clock::of(const Memory& page) {
    return Clock{TRY(Mapping::whole(page, abi::rights::memory::read))};
}

const volatile abi::ClockData& Clock::data() const {
    return *reinterpret_cast<const volatile abi::ClockData*>(page_.bytes().data());
}

bool Clock::reads_itself() const { return data().use_call == 0; }

Instant Clock::now() const {
    const volatile abi::ClockData& page = data();
    while (page.use_call == 0) {
        const u64 sequence = page.sequence;
        const u64 start = page.start, factor = page.factor, shift = page.shift;
        const u64 counter = read_counter();
        if (sequence % 2 != 0 || page.sequence != sequence) continue; // the kernel was writing
        return {{static_cast<u64>(static_cast<unsigned __int128>(counter - start) * factor >> shift)}};
    }
    const auto told = invoke(abi::ClockRead{});
    return told ? told->now : Instant{};
}

} // namespace pith::os
