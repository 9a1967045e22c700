#pragma once

#include "abi/syscalls.h"
#include "os/syscall.h"
#include "proto/terminal.h"
#include "stubs.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pith::bench {

inline constexpr u64 failed = ~u64{0};

/// Runs of one measurement. Its row is "row NAME MIN MEDIAN MAX RUNS": a path's instructions, and how often
/// it is run between one stamp and the next.
class Samples {
  public:
    static constexpr std::size_t count = 15;
    explicit Samples(u64 runs = 1) : runs_{runs} {}

    template <class F>
    void take(F measure) {
        rest();
        measure(); // once for what is only done the first time
        for (u64& value : values_)
            value = measure();
    }
    void print(const proto::Terminal& terminal, std::string_view name) {
        std::sort(values_.begin(), values_.end(),
                  [](u64 a, u64 b) { return a < b; }); // libc++ keeps the plain one in its library
        if (values_.back() == failed)
            terminal.print("failed {}\n", name);
        else
            terminal.print("row {} {} {} {} {}\n", name, values_.front(), values_[count / 2], values_.back(),
                           runs_);
        bench_row_done();
    }

  private:
    /// The core idles until what has ended is taken apart: as long as it is not, every new turn sets the
    /// timer.
    static void rest() {
        const auto clock = os::invoke(abi::ClockRead{});
        if (clock) static_cast<void>(os::invoke(abi::Sleep{clock->now + milliseconds(5)}));
    }

    u64 runs_;
    std::array<u64, count> values_{};
};

template <class F>
void measure_row(const proto::Terminal& terminal, std::string_view name, F measure, u64 runs = 1) {
    Samples samples{runs};
    samples.take(measure);
    samples.print(terminal, name);
}

/// `count` ordinary calls, instructions each.
template <class Call>
u64 cost_of(const Call& call, u64 count = 1) {
    std::array<u64, 6> words{};
    if constexpr (!std::is_empty_v<Call>) std::memcpy(words.data(), &call, sizeof call);
    const u64 ticks = bench_plain(abi::number_of<Call>, count, words.data());
    return ticks == failed ? failed : ticks / count;
}

/// What `work` takes, without the stamps.
template <class F>
u64 time_of(F work) {
    constexpr u64 own = 5; // shl, or, ret; call, rdtsc
    const u64 before = bench_open();
    const bool done = work().has_value();
    const u64 after = bench_close();
    return done ? after - before - own : failed;
}

} // namespace pith::bench
