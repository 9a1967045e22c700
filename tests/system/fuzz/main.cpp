// fuzz CALLS [SEED]: so many system calls by chance, by several processes of several threads that hold one
// another's objects; whoever ends or waits for ever is replaced. Afterwards all that they were given must be
// back.
#include "base/number.h"
#include "caller.h"
#include "os/mapping.h"
#include "os/message.h"
#include "os/spawn.h"
#include "proto/program.h"

using namespace pith;
using namespace pith::fuzz;

namespace {

constexpr u64 callers = 3;
constexpr PageCount caller_frames = pages(300);
constexpr u64 priority = 10; // below who watches them
constexpr Duration patience = milliseconds(3000);
constexpr u64 rounds_without_progress = 50;
constexpr Duration round_time = milliseconds(2);

u64 number(std::string_view text) { return parse_number(text).value_or(0); }

Instant after(Duration time) {
    const auto now = os::invoke(abi::ClockRead{});
    return (now ? now->now : Instant{}) + time;
}

u64 frames_used() {
    const auto info = os::Budget{}.info();
    return info ? info->used.raw : 0;
}

/// What a thread of a caller starts with; the others read it from here.
struct Work {
    u64 seed;
    Progress* progress;
    abi::Handle endpoint;
};
constinit std::array<Work, threads_each> work{};

[[noreturn]] void run_thread(u64 index) {
    auto& buffer = *reinterpret_cast<abi::MessageBuffer*>(attacks::thread_buffer(index).raw);
    call_at_random(work[index].seed, *work[index].progress, buffer, work[index].endpoint);
}

/// `fuzz caller INDEX SEED`
Result<int> run_caller(os::Start& start) {
    const u64 index = number(*start.argument(2)), seed = number(*start.argument(3));
    const auto shared = TRY(start.take<os::Memory>("progress"));
    const auto endpoint = TRY(start.take<os::Endpoint>("endpoint"));
    const auto view = TRY(os::Mapping::whole(shared, abi::rights::memory::read | abi::rights::memory::write));
    auto& progress = (*reinterpret_cast<ProgressPage*>(view.bytes().data()))[index];
    for (u64 i = 0; i < threads_each; ++i)
        work[i] = {seed * threads_each + i, &progress[i], endpoint.id()};
    for (u64 i = 1; i < threads_each; ++i)
        static_cast<void>(attacks::start_thread(run_thread, i, i, priority));
    call_at_random(work[0].seed, *work[0].progress, os::message_buffer(), endpoint.id());
}

class Fuzzer {
  public:
    static Result<Fuzzer> create(proto::Program& program, u64 seed) {
        const auto file = TRY(program.open_file("/test/fuzz"));
        Fuzzer fuzzer{TRY(proto::LoadedFile::load(file)), seed};
        fuzzer.endpoint_ = TRY(os::Endpoint::create());
        fuzzer.bell_ = TRY(os::Notification::create());
        fuzzer.ended_ = TRY(os::Notification::create());
        fuzzer.shared_ = TRY(os::Memory::create(pages(1)));
        fuzzer.view_ = TRY(os::Mapping::whole(fuzzer.shared_, abi::rights::memory::read));
        return fuzzer;
    }

    Result<> run(u64 wanted) {
        TRY(os::invoke(abi::AcceptHandles{0})); // nor does anything come with what wakes somebody
        base_ = frames_used();
        TRY(start_all());
        while (calls() < wanted) {
            static_cast<void>(ended_.wait(after(round_time)));
            wake();
            for (u64 i = 0; i < callers; ++i) // the bit may be of a predecessor, which was killed
                if (has_ended(callers_[i]) || is_stuck(i)) {
                    // What the living hold of the dead keeps their budgets, and at last there is none for
                    // more.
                    if (!replace(i)) TRY(start_all());
                }
        }
        return end_all();
    }
    [[nodiscard]] u64 calls() const {
        u64 sum = 0;
        for (u64 i = 0; i < callers; ++i)
            sum += made_by(i);
        return sum;
    }
    [[nodiscard]] u64 started() const { return started_; }

  private:
    struct Caller {
        os::Budget budget;
        os::Process process;
        u64 made = 0;  ///< when it was looked at last
        u64 quiet = 0; ///< how often it had made none since
    };
    /// With its budget it ends even for who holds handles to it.
    [[nodiscard]] static bool has_ended(const Caller& caller) {
        const auto status = caller.process.status();
        return status || status.error() == Error::bad_handle;
    }
    static void end(Caller& caller) {
        static_cast<void>(caller.process.kill()); // there may be none any more
        static_cast<void>(caller.budget.end());
        caller.process = {};
        caller.budget = {};
    }
    Fuzzer(proto::LoadedFile image, u64 seed) : image_{std::move(image)}, seed_{seed} {}

    [[nodiscard]] u64 made_by(u64 index) const {
        u64 sum = 0;
        for (const Progress& thread : (*reinterpret_cast<const ProgressPage*>(view_.bytes().data()))[index])
            sum += thread.calls.load(std::memory_order_relaxed);
        return sum;
    }
    /// Who calls or receives without a deadline may be the last one that could have answered.
    void wake() const {
        constexpr Instant now{{1}};
        os::Message message;
        message.count = 0;
        message.handle_count = 0;
        for (u64 i = 0; i < callers * threads_each; ++i)
            if (!os::receive(endpoint_, message, now)) break; // and drops the one before
        for (u64 i = 0; i < callers * threads_each; ++i)
            if (!os::send(endpoint_, message, now)) break;
    }
    Result<> end_all() {
        for (Caller& caller : callers_) {
            end(caller);
            caller = {};
        }
        const Instant end = after(patience);
        while (frames_used() != base_ && after({}) < end)
            TRY(os::invoke(abi::Sleep{after(milliseconds(1))}));
        return {};
    }
    Result<> start_all() {
        TRY(end_all());
        for (u64 i = 0; i < callers; ++i)
            TRY(replace(i));
        return {};
    }
    [[nodiscard]] bool is_stuck(u64 index) {
        Caller& caller = callers_[index];
        const u64 made = made_by(index);
        caller.quiet = made == caller.made ? caller.quiet + 1 : 0;
        caller.made = made;
        return caller.quiet > rounds_without_progress;
    }
    /// The next one has a handle to its predecessor's neighbour, and to what all share.
    Result<> replace(u64 index) {
        Caller& caller = callers_[index];
        end(caller);
        caller.quiet = 0;
        caller.budget = TRY(os::Budget{}.split(caller_frames));
        Text<24> place, seed;
        place.format("{}", index);
        seed.format("{}", seed_ * 1000 + started_++);
        const std::array<std::string_view, 4> arguments{"fuzz", "caller", place.view(), seed.view()};
        constexpr abi::Rights all_but_kill{static_cast<u16>(~abi::rights::process::kill.raw)};
        const os::Process& neighbour = callers_[(index + 1) % callers].process;
        const std::array grants{os::ChildGrant{"endpoint", &endpoint_}, os::ChildGrant{"bell", &bell_},
                                os::ChildGrant{"progress", &shared_},
                                os::ChildGrant{"budget", &caller.budget},
                                os::ChildGrant{"neighbour", &neighbour, all_but_kill}};
        caller.process = TRY(os::spawn({.image = image_.bytes(),
                                        .arguments = arguments,
                                        .environment = {},
                                        .grants = std::span{grants}.first(neighbour ? 5 : 4),
                                        .budget = &caller.budget,
                                        .priority = priority}));
        return caller.process.observe(ended_, 1);
    }

    proto::LoadedFile image_;
    u64 seed_;
    u64 started_ = 0;
    u64 base_ = 0; ///< frames in use while there are no callers
    os::Endpoint endpoint_;
    os::Notification bell_, ended_;
    os::Memory shared_;
    os::Mapping view_;
    std::array<Caller, callers> callers_;
};

} // namespace

Result<int> program_main(os::Start& start) {
    if (start.argument(1) == "caller") return run_caller(start);
    auto program = TRY(proto::Program::open(start));
    const u64 wanted = start.argument(1) ? number(*start.argument(1)) : 100'000;
    const u64 seed = start.argument(2) ? number(*start.argument(2)) : 1;
    const u64 before = frames_used();
    u64 calls = 0, started = 0;
    {
        auto fuzzer = TRY(Fuzzer::create(program, seed));
        TRY(fuzzer.run(wanted));
        calls = fuzzer.calls();
        started = fuzzer.started();
    }
    const Instant end = after(patience);
    while (frames_used() != before && after({}) < end)
        TRY(os::invoke(abi::Sleep{after(milliseconds(1))}));
    const bool back = frames_used() == before;
    program.terminal().print("{} {} calls by chance, seed {}, {} processes, {} of {} frames in use\n",
                             back ? "PASS" : "FAIL", calls, seed, started, frames_used(), before);
    return back ? 0 : 1;
}
