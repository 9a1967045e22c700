#include "tests/system/replay/stage.h"

#include <algorithm>
#include <cstddef>

namespace pith::replay {

namespace {

constexpr VirtAddr code_address{0x7000'0000}, idle_buffer{0x1'0000};
constexpr std::array<u8, 4> program{0x0f, 0x05, 0x0f, 0x0b}; // syscall; ud2
constexpr u64 behind_call = 2;
constexpr u32 undefined_instruction = 6;

} // namespace

Plan Plan::read(Record& record) {
    Plan plan{.processes = record.next()};
    plan.actors.resize(record.next());
    for (auto& actor : plan.actors)
        actor = {.process = record.next(), .priority = record.next(), .buffer = {record.next()}};
    plan.objects.resize(record.next());
    for (auto& object : plan.objects)
        object = {.kind = static_cast<Kind>(record.next()), .number = record.next()};
    plan.grants.resize(record.next());
    for (auto& grant : plan.grants)
        grant = {.process = record.next(), .object = record.next(), .rights = record.next()};
    return plan;
}

Result<Stage> Stage::create() {
    Stage stage;
    stage.faults_ = TRY(os::Endpoint::create());
    stage.code_ = TRY(os::Memory::create(pages(1)));
    {
        const auto view =
            TRY(os::Mapping::whole(stage.code_, abi::rights::memory::read | abi::rights::memory::write));
        std::memcpy(view.bytes().data(), program.data(), program.size());
    }
    stage.idle_process_ = TRY(stage.make_process());
    stage.idle_.buffer = idle_buffer;
    stage.idle_.thread = TRY(stage.idle_process_.create_thread(idle_buffer, 0));
    TRY(stage.begin(stage.idle_));
    return stage;
}

Result<os::Process> Stage::make_process() {
    os::Process process{TRY(os::invoke(abi::ProcessCreate{{}, 'r', 0})).handle};
    TRY(process.map(code_, code_address, pages(1), abi::rights::memory::read | abi::rights::memory::execute));
    TRY(os::Debuggee{process}.send_faults_to(faults_));
    return process;
}

Result<> Stage::make_object(const Plan::Thing& thing) {
    const auto made = [&](abi::NewHandle object) { objects_.emplace_back(object.handle); };
    switch (thing.kind) {
    case Kind::process:
        made(TRY(os::invoke(abi::HandleCopy{processes_[thing.number].id(), abi::rights::all.raw, {}})));
        return {};
    case Kind::thread:
        made(TRY(os::invoke(abi::HandleCopy{actors_[thing.number].thread.id(), abi::rights::all.raw, {}})));
        return {};
    case Kind::endpoint: made(TRY(os::invoke(abi::EndpointCreate{{}}))); return {};
    case Kind::notification: made(TRY(os::invoke(abi::NotificationCreate{{}}))); return {};
    case Kind::queue: made(TRY(os::invoke(abi::QueueCreate{{}, thing.number}))); return {};
    case Kind::memory: made(TRY(os::invoke(abi::MemoryCreate{{}, pages(thing.number)}))); return {};
    }
    return fail(Error::bad_format);
}

Result<> Stage::set_up(const Plan& plan) {
    for (u64 i = 0; i < plan.processes; ++i)
        processes_.push_back(TRY(make_process()));
    handles_.resize(plan.processes);
    actors_.resize(plan.actors.size());
    for (u64 i = 0; i < actors_.size(); ++i) {
        const auto& [process, priority, buffer] = plan.actors[i];
        actors_[i].process = process;
        actors_[i].buffer = buffer;
        actors_[i].thread = TRY(processes_[process].create_thread(buffer, priority));
    }
    for (const auto& thing : plan.objects)
        TRY(make_object(thing));
    for (const auto& [process, object, rights] : plan.grants)
        handles_[process].push_back(
            TRY(os::invoke(abi::HandleCopy{objects_[object].id(), rights, processes_[process].id()})).handle);
    objects_.clear(); // nobody but the actors has them from now on
    for (Actor& actor : actors_)
        TRY(begin(actor));
    for (Actor& actor : actors_)
        actor.thread.close();
    return {};
}

void Stage::clear() {
    for (const os::Process& process : processes_)
        static_cast<void>(process.kill()); // or it has ended
    actors_.clear();
    processes_.clear();
    objects_.clear();
    handles_.clear();
}

/// Its first fault is where it waits.
Result<> Stage::begin(Actor& actor) {
    TRY(actor.thread.start(code_address + behind_call, code_address, 0));
    os::Message message;
    const auto arrival = TRY(os::receive(faults_, message));
    if (arrival.what != abi::Status::fault) return fail(Error::bad_format);
    const os::Fault fault = os::fault_in(message);
    actor.id = fault.thread;
    actor.registers = fault.registers;
    actor.answer = TRY(os::ReplyRight::keep());
    return {};
}

Result<> Stage::go_on(Actor& actor) {
    actor.registers.rip = code_address.raw;
    actor.done = false;
    const auto answered = os::reply(actor.answer, os::resume_with(actor.registers));
    static_cast<void>(actor.answer.release()); // it is used up
    return answered;
}

Result<Actor*> Stage::next_fault(Instant deadline) {
    os::Message message;
    const auto arrival = TRY(os::receive(faults_, message, deadline));
    if (arrival.what != abi::Status::fault) return fail(Error::bad_format);
    const os::Fault fault = os::fault_in(message);
    Actor* actor = &idle_;
    if (fault.thread != idle_.id) {
        const auto found = std::ranges::find(actors_, fault.thread, &Actor::id);
        if (found == actors_.end()) return fail(Error::not_found);
        actor = &*found;
    }
    if (fault.vector != undefined_instruction || fault.registers.rip != code_address.raw + behind_call)
        return fail(Error::bad_address);
    actor->registers = fault.registers;
    actor->done = true;
    actor->answer = TRY(os::ReplyRight::keep());
    return actor;
}

Result<> Stage::play(Actor& actor) {
    for (Actor& other : actors_)
        other.done = false;
    TRY(go_on(actor));
    idle_.registers.rax = abi::number_of<abi::Yield>;
    TRY(go_on(idle_));
    while (TRY(next_fault()) != &idle_) {
    }
    return {};
}

Result<> Stage::rest() {
    for (;;) {
        const auto actor = next_fault(TRY(os::from_now(milliseconds(1))));
        if (!actor) return actor.error() == Error::timed_out ? Result<>{} : fail(actor.error());
    }
}

Result<> Stage::fill_buffer(const Actor& actor) {
    const os::Debuggee process{processes_[actor.process]};
    const std::span bytes = std::as_bytes(std::span{&image_, 1});
    constexpr u64 from = offsetof(abi::MessageBuffer, handles), to = offsetof(abi::MessageBuffer, results);
    TRY(process.write(actor.buffer + from, bytes.subspan(from, to - from)));
    return {};
}

Result<> Stage::read_handles(const Actor& actor) {
    const os::Debuggee process{processes_[actor.process]};
    TRY(process.read(actor.buffer + offsetof(abi::MessageBuffer, handles),
                     std::as_writable_bytes(std::span{image_.handles})));
    return {};
}

} // namespace pith::replay
