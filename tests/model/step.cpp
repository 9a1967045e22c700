#include "tests/model/step.h"

#include "abi/call_names.h"
#include "base/format.h"

#include <format>

namespace pith::model {

namespace {

/// Different in every word, so that a word that is lost or swapped shows.
constexpr std::array<u64, abi::register_words> message{11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

void send(Simulation& simulation, const Step& step) {
    Thread& thread = *simulation.current();
    if (step.deadline() != 0) thread.buffer->deadline = step.deadline();
    if (step.gift()) thread.buffer->handles[0] = step.gift();
    const auto call = static_cast<abi::MessageCall>(step.number);
    const u32 handles = step.gift() ? 1 : 0;
    auto words = message;
    if (step.first_word() != 0) words[0] = step.first_word();
    if (step.slowly)
        simulation.send_slowly(call, step.handle(), words, 0, handles, step.deadline() != 0);
    else
        simulation.send(call, step.handle(), words, 0, handles, step.deadline() != 0);
}

} // namespace

void take(Simulation& simulation, const Step& step) {
    switch (step.kind) {
    case Step::Kind::call:
        if (step.number == abi::number_of<abi::QueueSend>)
            simulation.current()->buffer->handles[0] = {step.words[gift_word]};
        return simulation.make_raw(step.number, step.words);
    case Step::Kind::message: return send(simulation, step);
    case Step::Kind::go_on: return simulation.settle();
    case Step::Kind::timer:
        return simulation.pass_time(std::max(simulation.machine().time, simulation.machine().armed));
    case Step::Kind::interrupt: return simulation.interrupt(step.number);
    case Step::Kind::fault: return simulation.fault(step.words[0], step.words[1]);
    }
}

std::string text_of(const Step& step) {
    const auto& w = step.words;
    switch (step.kind) {
    case Step::Kind::call:
        return std::format("make_raw({} /* {} */, {{{:#x}, {:#x}, {:#x}, {:#x}, {:#x}, {:#x}}})", step.number,
                           abi::name_of_call(step.number), w[0], w[1], w[2], w[3], w[4], w[5]);
    case Step::Kind::message:
        return std::format("send{}({}, handle {:#x}, deadline {}, with handle {:#x}, first word {})",
                           step.slowly ? "_slowly" : "", abi::name_of_call(step.number), w[0], w[1], w[2],
                           w[3]);
    case Step::Kind::go_on: return "settle()";
    case Step::Kind::timer: return "pass_time(std::max(machine().time, machine().armed))";
    case Step::Kind::interrupt: return std::format("interrupt({})", step.number);
    case Step::Kind::fault: return std::format("fault({}, {:#x})", w[0], w[1]);
    }
    return {};
}

} // namespace pith::model
