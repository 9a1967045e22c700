#include "base/panic.h"
#include "tests/model/explorer.h"
#include "tests/model/recorder.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

/// pith_explore_… SYSTEM STATES SECONDS: explores a system until so many states are met, or for so long.
/// pith_explore_… SYSTEM STEPS SECONDS LENGTH SEED: walks through it by chance, from the start after LENGTH
/// steps.
/// pith_explore_… systems: their names.
/// pith_explore_… record FILE SEQUENCES [NUMBER [wrong]]: writes so many for each system that is replayed on
/// the real machine, and prints that one; `wrong`: with one result that was another. results=FILE behind
/// that: writes there how many states there were, and what each call came to.

namespace {
pith::model::Explorer* exploring = nullptr; // for who has to tell how it came to a panic

void tell_and_end(const char* what) {
    if (exploring) std::exchange(exploring, nullptr)->print_path(what);
    std::_Exit(1);
}
} // namespace

[[noreturn]] void panic(const char* what, const char* file, int line) {
    std::printf("panic: %s (%s:%d)\n", what, file, line);
    tell_and_end(what);
    std::abort();
}

namespace {
/// Prints the sequence of number `told`, counted through all of them.
int record(const char* file, unsigned sequences, unsigned told, bool alter) {
    constexpr unsigned length = 14, seed = 1, altered_result = 1'000;
    std::FILE* to = std::fopen(file, "w");
    if (!to) return 2;
    for (const auto* system : pith::model::replayed_systems()) {
        auto recorder = std::make_unique<pith::model::Recorder>(*system);
        recorder->tell_of(told);
        if (alter) recorder->alter(altered_result);
        told -= std::min(told, sequences);
        recorder->record(sequences, length, seed);
        recorder->write(to);
        recorder->summarize();
        static_cast<void>(recorder.release()); // its simulation is in the middle of a run
    }
    std::fclose(to);
    std::fflush(stdout);
    std::_Exit(0);
}
} // namespace

int main(int count, char** arguments) {
    const auto number = [&](int i) { return std::strtoull(arguments[i], nullptr, 10); };
    if (count >= 4 && std::string_view{arguments[1]} == "record")
        return record(arguments[2], static_cast<unsigned>(number(3)),
                      static_cast<unsigned>(count > 4 ? number(4) : 0), count > 5);
    if (count == 2 && std::string_view{arguments[1]} == "systems") {
        for (const auto* system : pith::model::systems())
            std::printf("%.*s\n", static_cast<int>(system->name.size()), system->name.data());
        return 0;
    }
    std::FILE* results = nullptr;
    constexpr std::string_view prefix = "results=";
    if (count > 1 && std::string_view{arguments[count - 1]}.starts_with(prefix))
        results = std::fopen(arguments[--count] + prefix.size(), "w");
    if (count != 4 && count != 6) return 2;
    for (const int signal : {SIGSEGV, SIGABRT, SIGILL, SIGFPE})
        std::signal(signal, [](int) { tell_and_end("the kernel crashed"); });
    for (const auto* system : pith::model::systems()) {
        if (system->name != arguments[1]) continue;
        auto explorer = std::make_unique<pith::model::Explorer>(*system);
        exploring = explorer.get();
        const pith::model::Explorer::Bounds bounds{.states = number(2), .seconds = std::atof(arguments[3])};
        const bool well = count == 4 ? explorer->explore(bounds)
                                     : explorer->wander(bounds, static_cast<pith::u32>(number(4)), number(5));
        if (results) explorer->write_results(results);
        std::fflush(nullptr);
        std::_Exit(well ? 0 : 1); // the simulation holds a state from the middle of a run: nothing to tidy up
    }
    std::printf("no system %s\n", arguments[1]);
    return 2;
}
