#include "tests/model/step.h"

#include "abi/call_names.h"
#include "base/format.h"

#include <algorithm>
#include <format>
#include <optional>

namespace pith::model {

namespace {

/// Different in every word, so that a word that is lost or swapped shows.
constexpr std::array<u64, abi::register_words> message{11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

void send(Simulation& simulation, const Step& step) {
    Thread& thread = *simulation.current();
    if (step.deadline() != 0) thread.buffer->deadline = step.deadline();
    const u32 handles = step.gifts();
    for (u32 i = 0; i < std::min<u32>(handles, abi::max_handles); ++i)
        thread.buffer->handles[i] = step.gift();
    const auto call = static_cast<abi::MessageCall>(step.number);
    auto words = message;
    if (step.first_word() != 0) words[0] = step.first_word();
    if (step.fourth_word() != 0) words[3] = step.fourth_word();
    if (step.slowly)
        simulation.send_slowly(call, step.handle(), words, 0, handles, step.deadline() != 0, step.moves());
    else
        simulation.send(call, step.handle(), words, 0, handles, step.deadline() != 0, step.moves());
}

/// Leaves the machine so many free frames, as long as it lives.
class Poverty {
  public:
    Poverty(Simulation& simulation, u8 frames) : allocator_{simulation.kernel().frames()} {
        if (frames == Step::plenty) return;
        while (allocator_.statistics().free.raw > frames) {
            const auto frame = allocator_.allocate();
            if (!frame) break; // the rest is held back
            taken_[count_++] = *frame;
        }
    }
    Poverty(const Poverty&) = delete;
    ~Poverty() {
        while (count_ > 0)
            allocator_.free(taken_[--count_]);
    }

  private:
    static constexpr u32 most = 1024;
    FrameAllocator& allocator_;
    std::array<PhysAddr, most> taken_; // uninitialised: it is made for every step
    u32 count_ = 0;
};

void enter(Simulation& simulation, const Step& step) {
    switch (step.kind) {
    case Step::Kind::call:
        if (step.number == abi::number_of<abi::QueueSend>)
            simulation.current()->buffer->handles[0] = {step.words[gift_word]};
        if (step.number == abi::number_of<abi::ThreadWriteRegisters>) // the first of them, rip
            simulation.current()->buffer->words[0] = step.words[gift_word];
        return simulation.make_raw(step.number, step.words);
    case Step::Kind::message: return send(simulation, step);
    case Step::Kind::go_on: return simulation.settle();
    case Step::Kind::timer:
        return simulation.pass_time(std::max(simulation.machine().time, simulation.machine().armed));
    case Step::Kind::interrupt: return simulation.interrupt(step.number);
    case Step::Kind::fault: return simulation.fault(step.words[0], step.words[1]);
    case Step::Kind::notice: return simulation.notice();
    case Step::Kind::touch: return static_cast<void>(simulation.touch(VirtAddr{step.words[0]}));
    }
}

} // namespace

namespace {
/// As long as it lives the thread is one whose steps are watched: so the kernel asks the scheduler whatever
/// it does. The mark leaves no trace.
class Watched {
  public:
    explicit Watched(Thread& thread) : thread_{thread}, mark_{~thread.unusual & unusual::traced} {
        thread.unusual |= mark_;
    }
    Watched(const Watched&) = delete;
    ~Watched() { thread_->unusual &= ~mark_; }

  private:
    Ref<Thread> thread_; // it may end
    u32 mark_;           // nothing where it had that already
};
} // namespace

void take(Simulation& simulation, const Step& step) {
    simulation.on(step.core);
    std::optional<Watched> watched;
    if (step.slowly) watched.emplace(*simulation.current());
    if (step.frames == Step::plenty) return enter(simulation, step);
    const Poverty poverty{simulation, step.frames};
    enter(simulation, step);
}

bool is_deadly(const Step& step) {
    if (step.kind == Step::Kind::fault) return true;
    if (step.kind != Step::Kind::call) return false;
    constexpr std::array<u64, 4> calls{abi::number_of<abi::ThreadExit>, abi::number_of<abi::ProcessExit>,
                                       abi::number_of<abi::ThreadKill>, abi::number_of<abi::ProcessKill>};
    return std::ranges::contains(calls, u64{step.number});
}

namespace {

std::string plain_text_of(const Step& step) {
    const auto& w = step.words;
    switch (step.kind) {
    case Step::Kind::call:
        return std::format("make_raw({} /* {} */, {{{:#x}, {:#x}, {:#x}, {:#x}, {:#x}, {:#x}}})", step.number,
                           abi::name_of_call(step.number), w[0], w[1], w[2], w[3], w[4], w[5]);
    case Step::Kind::message:
        return std::format(
            "send{}({}, handle {:#x}, deadline {}, with handle {:#x} {} times{}, words 0 {:#x} and 3 {:#x})",
            step.slowly ? "_slowly" : "", abi::name_of_call(step.number), w[0], w[1], w[2], step.gifts(),
            step.moves() ? " moving" : "", w[3], w[5]);
    case Step::Kind::go_on: return "settle()";
    case Step::Kind::timer: return "pass_time(std::max(machine().time, machine().armed))";
    case Step::Kind::interrupt: return std::format("interrupt({})", step.number);
    case Step::Kind::fault: return std::format("fault({}, {:#x})", w[0], w[1]);
    case Step::Kind::notice: return "notice()";
    case Step::Kind::touch: return std::format("touch({:#x})", w[0]);
    }
    return {};
}

} // namespace

std::string text_of(const Step& step) {
    std::string text = plain_text_of(step);
    if (step.core != 0) text = std::format("on({}).{}", step.core, text);
    if (step.frames != Step::plenty) text += std::format(" // with {} free frames", step.frames);
    return text;
}

} // namespace pith::model
