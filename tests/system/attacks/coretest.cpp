// coretest: threads on all cores at once. Prints a line "PASS name" or "FAIL name" for each check; the status
// is the number of failures. `coretest stress SECONDS` repeats what may go wrong by chance.
#include "child.h"
#include "os/mapping.h"
#include "os/spawn.h"
#include "os/system.h"
#include "proto/program.h"

#include <atomic>
#include <bit>

using namespace pith;
using namespace pith::attacks;

namespace {

constexpr u64 most_threads = 4;
constexpr u64 long_enough = 30'000; // milliseconds: the machine may be slow, but nothing is lost
constexpr abi::Rights read_write = abi::rights::memory::read | abi::rights::memory::write;
constexpr VirtAddr lent_page{0x5000'0000};

/// What threads of one process, or of two, tell each other.
struct Board {
    std::array<std::atomic<u64>, most_threads> turns{};
    std::array<std::atomic<u64>, most_threads> core{};
    std::atomic<u64> wanted = 0, here = 0, gone = 0, wrong = 0;
    std::atomic<bool> stop = false;
    std::array<abi::Handle, 2 * most_threads> bells{};
    abi::Handle endpoint{};
    u64 rounds = 0;

    void clear() {
        for (u64 i = 0; i < most_threads; ++i)
            turns[i] = core[i] = 0;
        here = gone = wrong = 0;
        stop = false;
    }
};
constinit Board board{};

/// The number that the hardware gives the core that executes this (CPUID leaf 1).
u64 this_core() {
    u32 eax = 1, ebx = 0, ecx = 0, edx = 0;
    asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return ebx >> 24;
}

bool wait_until(const auto& condition, u64 patience = long_enough) {
    const Instant end = soon(patience);
    while (!condition()) {
        if (os::invoke(abi::ClockRead{})->now > end) return false;
        pause_for(1);
    }
    return true;
}

/// Threads of this process, each with its number; all have left their cores when this ends.
class Team {
  public:
    explicit Team(u64 size, void (*entry)(u64)) {
        for (u64 slot = 0; slot < size; ++slot) {
            auto thread = start_thread(entry, slot, slot);
            if (thread) threads_[size_++] = *std::move(thread);
        }
        complete_ = size_ == size;
    }
    Team(const Team&) = delete;
    ~Team() {
        for (u64 i = 0; i < size_; ++i)
            static_cast<void>(os::invoke(abi::ThreadKill{threads_[i].id()}));
    }
    [[nodiscard]] bool complete() const { return complete_; }

  private:
    std::array<os::Thread, 2 * most_threads> threads_;
    u64 size_ = 0;
    bool complete_ = false;
};

[[noreturn]] void spin(u64 slot) {
    ++board.here;
    while (board.here < board.wanted)
        asm volatile("pause");
    board.core[slot] = this_core();
    while (!board.stop)
        ++board.turns[slot];
    ++board.gone;
    end_thread();
}

/// As many threads as cores, without a system call: each has a core of its own.
bool all_cores_at_once(u64 cores) {
    for (int attempt = 0; attempt < 20; ++attempt) {
        board.clear();
        board.wanted = cores;
        const Team team{cores, spin};
        if (!team.complete() || !wait_until([&] { return board.here == cores; })) return false;
        std::array<u64, most_threads> before{};
        for (u64 i = 0; i < cores; ++i)
            before[i] = board.turns[i];
        const bool all_go_on = wait_until([&] {
            for (u64 i = 0; i < cores; ++i)
                if (board.turns[i] == before[i]) return false;
            return true;
        });
        board.stop = true;
        if (!all_go_on || !wait_until([&] { return board.gone == cores; })) return false;
        u64 seen = 0;
        for (u64 i = 0; i < cores; ++i)
            seen |= u64{1} << board.core[i];
        if (static_cast<u64>(std::popcount(seen)) == cores) return true; // else one core was slow to come
    }
    return false;
}

/// Pairs: each signals the other and waits for it. A wake-up that is lost is a wait that times out.
[[noreturn]] void answer_bells(u64 slot) {
    const bool first = slot % 2 == 0;
    const abi::Handle mine = board.bells[slot], other = board.bells[slot ^ 1];
    for (u64 i = 0; i < board.rounds; ++i) {
        if (first) static_cast<void>(os::invoke(abi::NotificationSignal{other, 1}));
        if (!os::invoke(abi::NotificationWait{mine, soon(long_enough)})) ++board.wrong;
        if (!first) static_cast<void>(os::invoke(abi::NotificationSignal{other, 1}));
        if (board.wrong != 0) break;
    }
    ++board.gone;
    end_thread();
}

bool no_wake_up_is_lost(u64 rounds) {
    board.clear();
    std::array<os::Notification, 2 * most_threads> bells;
    for (u64 i = 0; i < bells.size(); ++i) {
        auto bell = os::Notification::create();
        if (!bell) return false;
        bells[i] = *std::move(bell);
        board.bells[i] = bells[i].id();
    }
    board.rounds = rounds;
    const Team team{2 * most_threads, answer_bells};
    return team.complete() && wait_until([] { return board.gone == 2 * most_threads || board.wrong != 0; }) &&
           board.wrong == 0;
}

[[noreturn]] void serve(u64) {
    Registers r{.rax = std::to_underlying(abi::MessageCall::receive), .rdi = board.endpoint.raw};
    for (;;) {
        raw_call(r);
        r.rbx = r.rbx * 3 + r.r12;
        r.rax = std::to_underlying(abi::MessageCall::reply_and_receive);
        r.rdi = board.endpoint.raw;
    }
}
[[noreturn]] void call(u64 slot) {
    for (u64 i = 0; i < board.rounds; ++i) {
        Registers r{.rax = std::to_underlying(abi::MessageCall::call),
                    .rdi = board.endpoint.raw,
                    .rbx = i,
                    .r12 = slot};
        raw_call(r);
        if (r.rax != 0 || r.rbx != i * 3 + slot) ++board.wrong;
    }
    ++board.gone;
    end_thread();
}
/// The first half of the slots serve, the others call.
[[noreturn]] void serve_or_call(u64 slot) {
    if (slot < most_threads) serve(slot);
    call(slot);
}

bool calls_come_back(u64 rounds) {
    board.clear();
    const auto endpoint = os::Endpoint::create();
    if (!endpoint) return false;
    board.endpoint = endpoint->id();
    board.rounds = rounds;
    const Team team{2 * most_threads, serve_or_call};
    return team.complete() && wait_until([] { return board.gone == most_threads; }) && board.wrong == 0;
}

// ---- With a child -----------------------------------------------------------------------------------------

struct Child {
    os::Budget budget;
    os::Memory shared;
    os::Mapping mapping;
    os::Process process;
    os::Notification ended;
    [[nodiscard]] Board& told() const { return *reinterpret_cast<Board*>(mapping.bytes().data()); }
};

class Tests {
  public:
    Tests(const proto::Terminal& terminal, const proto::LoadedFile& image, const os::System& system)
        : terminal_{terminal}, image_{image}, system_{system} {}

    [[nodiscard]] u64 cores() const {
        const auto info = system_.info();
        return info ? std::min(info->cores, most_threads) : 1;
    }
    void check(std::string_view name, bool holds) {
        terminal_.print("{} {}\n", holds ? "PASS" : "FAIL", name);
        failures_ += holds ? 0 : 1;
    }
    [[nodiscard]] int failures() const { return failures_; }

    [[nodiscard]] bool a_killed_process_leaves_all_cores() const { return kill_one().value_or(false); }
    [[nodiscard]] bool no_core_knows_an_unmapped_page() const { return unmap_one().value_or(false); }
    /// At least 95 % of all messages, sent from all cores.
    [[nodiscard]] bool most_calls_are_fast(u64 rounds) const {
        const auto before = system_.info();
        const auto fast_before = system_.fast_calls();
        const bool right = calls_come_back(rounds);
        const auto after = system_.info();
        const auto fast_after = system_.fast_calls();
        if (!right)
            terminal_.print("  {} calls went wrong, {} callers are done\n", board.wrong.load(),
                            board.gone.load());
        if (!right || !before || !after || !fast_before || !fast_after) return false;
        const u64 fast = *fast_after - *fast_before, slow = after->slow_calls - before->slow_calls;
        terminal_.print("  {} fast, {} slow\n", fast, slow);
        return fast >= 19 * slow;
    }

  private:
    [[nodiscard]] Result<Child> start(std::string_view role) const {
        Child child;
        child.budget = TRY(os::Budget{}.split(pages(200)));
        child.shared = TRY(os::Memory::create(pages(1)));
        child.mapping = TRY(os::Mapping::whole(child.shared, read_write));
        child.ended = TRY(os::Notification::create());
        const std::array<std::string_view, 2> arguments{"coretest", role};
        const std::array grants{os::ChildGrant{"board", &child.shared}};
        child.process = TRY(os::spawn({.image = image_.bytes(),
                                       .arguments = arguments,
                                       .environment = {},
                                       .grants = grants,
                                       .budget = &child.budget}));
        TRY(child.process.observe(child.ended, 1));
        return child;
    }
    /// Whether all that was given comes back.
    [[nodiscard]] static bool is_back(Child& child) {
        child.process = {};
        return wait_until([&] {
            const auto info = child.budget.info();
            return info && info->used.raw == 0;
        });
    }
    [[nodiscard]] Result<bool> kill_one() const {
        Child child = TRY(start("spin"));
        const Board& told = child.told();
        const auto all_run = [&] {
            for (const auto& turns : told.turns)
                if (turns == 0) return false;
            return true;
        };
        if (!wait_until(all_run)) return false;
        TRY(child.process.kill());
        std::array<u64, most_threads> last{};
        for (u64 i = 0; i < most_threads; ++i)
            last[i] = told.turns[i];
        const auto end = TRY(child.process.status());
        if (end.kind != static_cast<u64>(abi::ExitKind::killed)) return false;
        pause_for(5);
        for (u64 i = 0; i < most_threads; ++i)
            if (told.turns[i] != last[i]) return false;
        return is_back(child);
    }
    [[nodiscard]] Result<bool> unmap_one() const {
        Child child = TRY(start("read"));
        TRY(child.ended.wait(soon(long_enough)));
        const auto end = TRY(child.process.status());
        constexpr u64 page_fault = 14;
        if (end.kind != static_cast<u64>(abi::ExitKind::faulted) || end.detail != page_fault ||
            end.address != lent_page.raw)
            return false;
        return child.told().wrong == 0 && is_back(child);
    }

    const proto::Terminal& terminal_;
    const proto::LoadedFile& image_;
    const os::System& system_;
    int failures_ = 0;
};

/// In the child: where the parent reads.
Board* shared_board = nullptr;

[[noreturn]] void spin_or_call(u64 slot) {
    for (;;) {
        ++shared_board->turns[slot];
        if (slot == 1) static_cast<void>(os::invoke(abi::Yield{}));
        if (slot == 2) static_cast<void>(os::invoke(abi::ClockRead{}));
    }
}
[[noreturn]] void read_for_ever(u64) {
    for (;;) {
        const bool unmapped = shared_board->stop;
        static_cast<void>(*reinterpret_cast<const volatile u64*>(lent_page.raw));
        ++shared_board->here;
        if (unmapped) ++shared_board->wrong;
    }
}

Result<int> run_spinner() {
    for (u64 slot = 1; slot < most_threads; ++slot)
        TRY(start_thread(spin_or_call, slot, slot));
    spin_or_call(0);
}
/// Takes the page away under a thread that reads it; its frame is used anew at once.
Result<int> run_reader() {
    {
        const os::Memory page = TRY(os::Memory::create(pages(1)));
        TRY(os::runtime().self.map(page, lent_page, pages(1), read_write));
    }
    TRY(start_thread(read_for_ever, 0, 1));
    if (!wait_until([] { return shared_board->here > 1000; })) return 1;
    TRY(os::runtime().self.unmap(lent_page, pages(1)));
    shared_board->stop = true;
    const os::Memory other = TRY(os::Memory::create(pages(1)));
    const auto mapping = TRY(os::Mapping::whole(other, read_write));
    mapping.bytes()[0] = std::byte{1};
    pause_for(long_enough);
    return 2;
}

Result<int> run_child(os::Start& start) {
    const os::Memory shared = TRY(start.take<os::Memory>("board"));
    const auto mapping = TRY(os::Mapping::whole(shared, read_write));
    shared_board = reinterpret_cast<Board*>(mapping.bytes().data());
    return start.argument(1) == "spin" ? run_spinner() : run_reader();
}

void run_all(Tests& tests) {
    tests.check("threads run on all cores at once", all_cores_at_once(tests.cores()));
    tests.check("no wake-up is lost", no_wake_up_is_lost(500));
    tests.check("at least 95 % of calls are fast", tests.most_calls_are_fast(5000));
    for (int i = 0; i < 3; ++i) {
        tests.check("no core knows a page that was unmapped", tests.no_core_knows_an_unmapped_page());
        tests.check("a killed process leaves all cores, and its memory",
                    tests.a_killed_process_leaves_all_cores());
    }
}

void run_stress(Tests& tests, u64 seconds) {
    const Instant end = soon(seconds * 1000);
    u64 rounds = 0;
    bool well = true;
    while (well && os::invoke(abi::ClockRead{})->now < end) {
        well = no_wake_up_is_lost(200) && calls_come_back(1000) && tests.no_core_knows_an_unmapped_page() &&
               tests.a_killed_process_leaves_all_cores();
        ++rounds;
    }
    Text<40> name;
    name.format("stress, {} rounds", rounds);
    tests.check(name.view(), well);
}

u64 number(std::string_view text) {
    u64 value = 0;
    for (const char c : text)
        value = value * 10 + static_cast<u64>(c - '0');
    return value;
}

} // namespace

Result<int> program_main(os::Start& start) {
    if (start.argument(1) == "spin" || start.argument(1) == "read") return run_child(start);
    const auto program = TRY(proto::Program::open(start));
    const auto system = TRY(start.take<os::System>("system"));
    const auto file = TRY(program.open_file("/test/coretest"));
    const auto image = TRY(proto::LoadedFile::load(file));
    Tests tests{program.terminal(), image, system};
    if (start.argument(1) == "stress")
        run_stress(tests, number(start.argument(2).value_or("60")));
    else
        run_all(tests);
    return tests.failures();
}
