// stresstest [SECONDS [SEED]]: pairs of threads on all cores do to each other whatever the kernel lets them,
// moved from core to core meanwhile; what stands still is a wake-up that was lost. The status is 0 if nothing
// was.
#include "stress.h"
#include "base/number.h"
#include "proto/program.h"

using namespace pith;

namespace {

constexpr u64 between_looks = 100; // milliseconds
/// Looks, not time: a machine that its host does not run goes on nowhere, and looks nowhere.
constexpr u64 patience = 600;
constexpr u64 most_cores = 64;

Instant now() { return attacks::soon(0); }

u64 count_cores() {
    u64 cores = 0;
    while (cores < most_cores && os::invoke(abi::ThreadSetCore{{}, cores}))
        ++cores;
    static_cast<void>(os::invoke(abi::ThreadSetCore{{}, abi::any_core}));
    return cores;
}

/// How often each pair was looked at since it went on.
struct Watch {
    u64 round = 0;
    u64 looks = 0;
};

/// Whether all is well until then.
bool watch(const proto::Terminal& terminal, std::span<const stress::Pair> all, Instant end) {
    std::array<Watch, stress::pairs> watches{};
    while (now() < end) {
        attacks::pause_for(between_looks);
        for (u64 i = 0; i < stress::pairs; ++i) {
            const stress::Pair& pair = all[i];
            const std::string_view name = stress::activities()[pair.doing].name;
            if (pair.wrong != 0) {
                terminal.print("FAIL {}: stress.cpp, line {}\n", name, pair.wrong.load());
                return false;
            }
            if (pair.round != watches[i].round) watches[i] = {pair.round, 0};
            if (++watches[i].looks > patience) {
                terminal.print("FAIL {}: nobody goes on; turns {}, word {}, bells {:#x} {:#x}\n", name,
                               pair.turns.load(), pair.borrowed.load(), pair.kept[0], pair.kept[1]);
                return false;
            }
        }
    }
    return true;
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto program = TRY(proto::Program::open(start));
    const u64 seconds = parse_number(start.argument(1).value_or("5")).value_or(5);
    const u64 seed = parse_number(start.argument(2).value_or("1")).value_or(1);
    const u64 cores = count_cores();
    const Instant end = now() + milliseconds(seconds * 1000);
    std::array<stress::Pair, stress::pairs> all;
    for (u64 i = 0; i < stress::pairs; ++i)
        TRY(stress::start(all[i], i, cores, seed * stress::pairs));
    if (!watch(program.terminal(), all, end)) os::exit(1);
    u64 rounds = 0;
    for (const stress::Pair& pair : all)
        rounds += pair.round;
    program.terminal().print("PASS stress for {} s on {} cores: {} rounds\n", seconds, cores, rounds);
    os::exit(0); // and all threads with it
}
