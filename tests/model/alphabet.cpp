#include "tests/model/alphabet.h"

#include "tests/model/alphabet/budgets.h"
#include "tests/model/alphabet/debugging.h"
#include "tests/model/alphabet/devices.h"
#include "tests/model/alphabet/events.h"
#include "tests/model/alphabet/handles.h"
#include "tests/model/alphabet/machine.h"
#include "tests/model/alphabet/memory.h"
#include "tests/model/alphabet/processes.h"
#include "tests/model/alphabet/queues.h"
#include "tests/model/alphabet/threads.h"

namespace pith::model {

std::span<const abi::Handle> Alphabet::wrong(abi::Kind kind) {
    constexpr u32 never_reached = ~u32{0} - 1;
    wrong_[0] = abi::Handle::make(0, never_reached);
    for (u32 other = 1; other < by_kind_.size(); ++other) {
        if (other == std::to_underlying(kind) || by_kind_[other].empty()) continue;
        wrong_[1] = by_kind_[other].front();
        return wrong_;
    }
    return std::span{wrong_}.first(1);
}

void Alphabet::add(u32 number, const void* call, std::size_t size) {
    Step step{.kind = Step::Kind::call, .number = static_cast<u8>(number)};
    std::memcpy(step.words.data(), call, size);
    steps_.push_back(step);
}

void Alphabet::add_with_gift(const abi::QueueSend& call, abi::Handle gift) {
    add(abi::number_of<abi::QueueSend>, &call, sizeof call);
    steps_.back().words[gift_word] = gift.raw;
}

void Alphabet::add_with_rip(const abi::ThreadWriteRegisters& call, VirtAddr rip) {
    add(abi::number_of<abi::ThreadWriteRegisters>, &call, sizeof call);
    steps_.back().words[gift_word] = rip.raw;
}

void Alphabet::look_around(Simulation& simulation, const Census& census) {
    Thread& thread = *simulation.current();
    now_ = simulation.machine().time;
    priority_ = thread.base_priority;
    owes_answer_ = thread.caller && (thread.caller->unusual & unusual::faulted) != 0;
    for (auto& handles : by_kind_)
        handles.clear();
    all_.clear();
    const HandleTable& table = thread.process().handles();
    u32 left = thread.process().handles().handles_in_use();
    for (u32 index = 0; left > 0 && index < Inspector::slots(table); ++index) {
        const Slot& slot = Inspector::slot(table, index);
        if (!slot.object) continue;
        --left;
        if (slot.rights().empty()) continue; // fills the table, and that is all
        all_.push_back(abi::Handle::make(index, slot.generation()));
        by_kind_[std::to_underlying(slot.kind())].push_back(all_.back());
    }
    may_grow_ = all_.size() < limits_.handles && census.entries().size() < limits_.objects;
}

void Alphabet::add_calls() {
    const auto one = [this]<class Call>() {
        if (limits_.calls[abi::number_of<Call>]) choose(*this, For<Call>{});
    };
    [&]<class... Call>(TypeList<Call...>) { (one.template operator()<Call>(), ...); }(abi::Calls{});
}

void Alphabet::message(abi::MessageCall call, abi::Handle handle, u64 deadline, abi::Handle gift,
                       u64 first_word, u64 gifts, u64 fourth_word) {
    steps_.push_back({.kind = Step::Kind::message,
                      .number = std::to_underlying(call),
                      .words = {handle.raw, deadline, gift.raw, first_word, gifts, fourth_word}});
}

void Alphabet::add_messages() {
    using enum abi::MessageCall;
    constexpr u64 past = 1; // 0 stands for none
    std::vector<abi::Handle> gifts;
    for (const abi::Kind kind : {abi::Kind::endpoint, abi::Kind::reply, abi::Kind::notification})
        if (!handles(kind).empty()) gifts.push_back(handles(kind).front());
    if (limits_.all_gifts) {
        gifts = all_;
        add_ill_formed();
    }
    for (const abi::Handle endpoint : handles(abi::Kind::endpoint)) {
        for (const abi::MessageCall one : {call, reply_and_receive, receive, send})
            message(one, endpoint);
        for (const abi::MessageCall one : {call, reply_and_receive})
            message(one, endpoint, 0, {}, 0, Step::moving); // nothing
        for (const abi::MessageCall one : {call, receive})
            message(one, endpoint, soon().raw);
        for (const abi::MessageCall one : {call, receive, send})
            message(one, endpoint, past);
        for (const abi::Handle gift : gifts)
            for (const abi::MessageCall one : {call, reply_and_receive, send}) {
                message(one, endpoint, 0, gift);
                message(one, endpoint, 0, gift, 0, Step::moving);
            }
    }
    for (const abi::Handle handle : wrong(abi::Kind::endpoint))
        for (const abi::MessageCall one : {call, reply_and_receive, receive, send, reply})
            message(one, handle);
    message(reply, {});
    for (const abi::Handle gift : gifts)
        for (const u64 how : {u64{}, Step::moving, Step::moving + 2}) // the last: twice the same
            message(reply, {}, 0, gift, 0, how);
    for (const abi::Handle kept : handles(abi::Kind::reply)) {
        message(reply, kept);
        if (limits_.calls[abi::number_of<abi::ProcessSetFaultHandler>]) message(reply, kept, 0, {}, 1);
        message(reply, kept, 0, gifts.front());
        message(reply, {}, 0, kept, 0, 2);
    }
}

void Alphabet::add_ill_formed() {
    using enum abi::MessageCall;
    constexpr u64 too_many = abi::max_handles + 1;
    if (all_.empty()) return;
    for (const abi::MessageCall one : {call, reply_and_receive, receive, send, reply})
        message(one, all_.front(), 0, all_.front(), 0, too_many);
}

/// Everything that a handler can say to a fault.
void Alphabet::add_answers() {
    using enum abi::FaultAction;
    for (const abi::FaultAction action : {resume, resume_changed, proceed}) {
        message(abi::MessageCall::reply, {}, 0, {}, std::to_underlying(action));
        for (const abi::Handle endpoint : handles(abi::Kind::endpoint))
            message(abi::MessageCall::reply_and_receive, endpoint, 0, {}, std::to_underlying(action));
    }
    message(abi::MessageCall::reply, {}, 0, {}, std::to_underlying(resume_changed), 0, kernel_address.raw);
}

const std::vector<Step>& Alphabet::from(Simulation& simulation, const Census& census) {
    steps_.clear();
    if (simulation.local().interrupted) steps_.push_back({.kind = Step::Kind::notice});
    if (!simulation.machine().armed.is_never()) steps_.push_back({.kind = Step::Kind::timer});
    if (limits_.line != 0 && simulation.core().index == 0 && simulation.machine().unmasked[limits_.line])
        steps_.push_back({.kind = Step::Kind::interrupt, .number = static_cast<u8>(limits_.line)});
    if (simulation.polling()) {
        steps_.push_back({.kind = Step::Kind::go_on});
        return steps_;
    }
    if (!simulation.current()) return steps_;
    look_around(simulation, census);
    if (limits_.faults) steps_.push_back({.kind = Step::Kind::fault, .words = {14, 0xdead'0000}});
    for (const VirtAddr address : {place, buffer, TaskTables::bitmap(simulation.core().index)})
        if (limits_.touches && simulation.current()->process().space().query(address))
            steps_.push_back({.kind = Step::Kind::touch, .words = {address.raw}});
    if (limits_.messages) add_messages();
    if (owes_answer_) add_answers();
    add_calls();
    return steps_;
}

} // namespace pith::model
