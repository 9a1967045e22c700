#include "tests/model/recorder.h"

#include "tests/model/invariants.h"

#include <algorithm>
#include <format>

namespace pith::model {

namespace {

constexpr u8 nothing = 255; ///< no call
enum class Word : u8 { number, handle, later };
enum class Kind : u8 { process, thread, endpoint, notification, queue, memory };

template <class... Call>
constexpr auto find_makers(TypeList<Call...>) {
    std::bitset<256> makers;
    (makers.set(abi::number_of<Call>, std::same_as<typename Call::Reply, abi::NewHandle>), ...);
    return makers;
}
/// Calls whose first result is a handle.
constexpr auto makers = find_makers(abi::Calls{});

u64 digest_of(const std::array<u64, abi::register_words>& words) {
    u64 digest = 0;
    for (const u64 word : words)
        digest = (digest * 31 + word) & 0xffff'ffff;
    return digest;
}

} // namespace

Recorder::Recorder(const System& system)
    : system_{system}, simulation_{system.ram}, alphabet_{system.limits} {
    simulation_.set_stepwise();
    system_.set_up(simulation_);
    simulation_.settle();
    start_.save(simulation_);
    describe();
}

void Recorder::put(u64 number) {
    for (; number >= 0x80; number >>= 7)
        sequence_.push_back(static_cast<u8>(number | 0x80));
    sequence_.push_back(static_cast<u8>(number));
}

void Recorder::describe() {
    for (Process& process : simulation_.kernel().processes())
        processes_.push_back(&process);
    std::ranges::sort(processes_, {}, [](const Process* process) { return process->id(); });
    for (Process* process : processes_)
        for (Thread& thread : process->threads)
            threads_.push_back(&thread);
    std::ranges::sort(threads_, {}, [](const Thread* thread) { return thread->id; });
    first_handles_.resize(processes_.size());
    describe_threads();
    describe_handles();
    plan_ = std::move(sequence_);
}

void Recorder::describe_threads() {
    put(processes_.size());
    put(threads_.size());
    for (const Thread* thread : threads_) {
        put(number_of_process(thread->process()));
        put(thread->base_priority);
        put(Inspector::buffer_address(*thread).raw);
    }
}

/// The objects, in the order of the handles that name them, and then those handles.
void Recorder::describe_handles() {
    struct Grant {
        u64 process, object, rights;
    };
    std::vector<const Object*> objects;
    std::vector<Grant> grants;
    for (u32 number = 0; number < processes_.size(); ++number) {
        const HandleTable& table = processes_[number]->handles();
        for (u32 index = 0; index < Inspector::slots(table); ++index) {
            const Slot& slot = Inspector::slot(table, index);
            if (!slot.object) continue;
            require(slot.badge == 0, "a recorded system starts without badges");
            auto found = std::ranges::find(objects, slot.object);
            const auto place = static_cast<u64>(found - objects.begin());
            if (found == objects.end()) objects.push_back(slot.object);
            grants.push_back({number, place, slot.rights().raw});
            learn(number, abi::Handle::make(index, slot.generation()));
        }
    }
    first_handles_ = handles_;
    put(objects.size());
    for (const Object* object : objects) {
        const auto kind = [&](Kind what, u64 parameter) { put(std::to_underlying(what)), put(parameter); };
        switch (object->kind()) {
        case abi::Kind::process:
            kind(Kind::process, number_of_process(static_cast<const Process&>(*object)));
            break;
        case abi::Kind::thread:
            kind(Kind::thread, number_of_thread(static_cast<const Thread&>(*object)));
            break;
        case abi::Kind::endpoint: kind(Kind::endpoint, 0); break;
        case abi::Kind::notification: kind(Kind::notification, 0); break;
        case abi::Kind::queue:
            kind(Kind::queue, Inspector::capacity(static_cast<const Queue&>(*object)));
            break;
        case abi::Kind::memory: kind(Kind::memory, static_cast<const Memory&>(*object).size().raw); break;
        case abi::Kind::none:
        case abi::Kind::budget:
        case abi::Kind::reply:
        case abi::Kind::interrupt:
        case abi::Kind::io_ports:
        case abi::Kind::dma_domain:
        case abi::Kind::system:
        case abi::Kind::timer: panic("an object that a recorded system cannot start with");
        }
    }
    put(grants.size());
    for (const Grant& grant : grants) {
        put(grant.process);
        put(grant.object);
        put(grant.rights);
    }
}

u32 Recorder::number_of_process(const Process& process) const {
    return static_cast<u32>(std::ranges::find(processes_, &process) - processes_.begin());
}
u32 Recorder::number_of_thread(const Thread& thread) const {
    return static_cast<u32>(std::ranges::find(threads_, &thread) - threads_.begin());
}

void Recorder::learn(u32 process, abi::Handle handle) {
    if (handles_.empty()) handles_.resize(processes_.size());
    auto& places = handles_[process].places;
    places.emplace(handle.raw, places.size());
}

/// What happens by time, by a device or by a fault does not happen when it is wanted on the real machine; and
/// a buffer that is not mapped cannot be filled from outside.
bool Recorder::can_be_replayed(const Step& step) {
    if (step.kind == Step::Kind::message) return true;
    if (step.kind != Step::Kind::call) return false;
    constexpr u64 smallest_place = 0x40'0000; // message buffers lie below
    return step.number != abi::number_of<abi::MemoryUnmap> || step.words[1] >= smallest_place;
}

void Recorder::record(u32 sequences, u32 length, u64 seed) {
    std::mt19937_64 chance{seed};
    for (u32 left = sequences; left > 0;)
        if (walk(length, chance)) --left;
    sequence_.clear();
    put(0); // no sequence begins so
    all_.insert(all_.end(), sequence_.begin(), sequence_.end());
}

bool Recorder::walk(u32 length, std::mt19937_64& chance) {
    start_.restore(simulation_);
    handles_ = first_handles_;
    under_way_.assign(threads_.size(), nothing);
    sequence_.clear();
    text_.clear();
    u64 calls = 0;
    for (; calls < length && simulation_.current(); ++calls) {
        census_.take(simulation_.kernel());
        std::vector<Step> steps = alphabet_.from(simulation_, census_);
        std::erase_if(steps, [](const Step& step) { return !can_be_replayed(step); });
        if (steps.empty()) break;
        const Step* step = &steps[chance() % steps.size()];
        while (is_deadly(*step) && chance() % 16 != 0)
            step = &steps[chance() % steps.size()];
        if (!take_step(*step)) return false;
    }
    put(0);
    if (!known_.emplace(sequence_.begin(), sequence_.end()).second) return false;
    all_.push_back(1);
    all_.insert(all_.end(), sequence_.begin(), sequence_.end());
    calls_ += calls;
    if (known_.size() == told_) std::printf("%s", text_.c_str());
    return true;
}

/// False where it came to something that differs between machines: how much memory there is.
bool Recorder::take_step(const Step& step) {
    Thread& thread = *simulation_.current();
    const u32 caller = number_of_thread(thread);
    u32 target = number_of_process(thread.process()); // who gets a handle that the call makes
    if (step.number == abi::number_of<abi::HandleCopy> && step.words[2] != 0) {
        const Slot* slot = thread.process().handles().find({step.words[2]});
        if (slot && slot->kind() == abi::Kind::process)
            target = number_of_process(static_cast<const Process&>(*slot->object));
    }
    write_step(step, caller);
    text_ += std::format("    {}: {}\n", caller, text_of(step));
    under_way_[caller] = step.number;
    take(simulation_, step);
    put(let_go_on());
    census_.take(simulation_.kernel());
    states_.insert(canonical_form(census_, simulation_.kernel(), simulation_.machine(), false));
    const auto broken = broken_invariant(census_, simulation_.kernel(), simulation_.machine());
    require(broken.empty(), "an invariant is broken");
    return write_completions(step, caller, target) && !is_half_done();
}

/// What happens of itself before somebody makes the next call. Whether nobody ran meanwhile.
bool Recorder::let_go_on() {
    rested_ = false;
    for (;;) {
        const Machine& machine = simulation_.machine();
        if (machine.armed <= machine.time)
            simulation_.pass_time(machine.time); // a deadline that has passed
        else if (simulation_.polling()) {
            rested_ |= simulation_.current() == nullptr;
            simulation_.settle();
        } else
            return rested_;
    }
}

/// Whether something is left to do that gets done on the real machine: there a thread of low priority runs
/// after each call, and after a rest nobody does until all is done.
bool Recorder::is_half_done() {
    const Reclaimer& reclaimer = simulation_.kernel().reclaimer();
    if (reclaimer.urgency() >= 0 || (rested_ && reclaimer.has_work())) return true;
    return std::ranges::any_of(threads_, [](const Thread* thread) {
        return thread->state == ThreadState::ready && (thread->unusual & unusual::working) != 0;
    });
}

void Recorder::write_step(const Step& step, u32 caller) {
    const u32 process = number_of_process(threads_[caller]->process());
    put(caller + 1);
    put(step.number);
    for (const u64 word : step.words)
        put_word(word, process);
}

void Recorder::put_word(u64 word, u32 process) {
    const auto& places = handles_[process].places;
    const auto found = places.find(word);
    if (found != places.end()) {
        put(std::to_underlying(Word::handle));
        return put(found->second);
    }
    // Nothing else has this number.
    const bool later = word == simulation_.machine().time.raw + system_.limits.near;
    put(std::to_underlying(later ? Word::later : Word::number));
    put(later ? 0 : word);
}

/// The calls that are done now, in the order of their threads.
bool Recorder::write_completions(const Step&, u32 caller, u32 target) {
    std::vector<Completion> done;
    for (u32 i = 0; i < threads_.size(); ++i) {
        if (under_way_[i] == nothing) continue;
        const Thread& thread = *threads_[i];
        const bool ended = thread.state == ThreadState::ended;
        if (!ended && (thread.is_blocked() || (thread.unusual & unusual::working) != 0)) continue;
        if (!ended) done.push_back({i, under_way_[i]});
        under_way_[i] = nothing;
    }
    put(done.size());
    for (const Completion& one : done) {
        const u32 own = number_of_process(threads_[one.thread]->process());
        if (!write_result(one, one.thread == caller ? target : own)) return false;
    }
    return true;
}

bool Recorder::write_result(const Completion& completion, u32 target) {
    const Thread& thread = *threads_[completion.thread];
    const Registers& registers = thread.context.registers;
    const u32 process = number_of_process(thread.process());
    const auto no_memory = std::to_underlying(Error::no_memory);
    put(completion.thread);
    put(results_++ == altered_ ? registers.rax ^ 1 : registers.rax);
    if (completion.number < abi::message_calls) {
        put(registers.rdi);
        put(digest_of(registers.words()));
        for (u32 i = 0; i < registers.tag().handles(); ++i)
            learn(process, thread.buffer->handles[i]);
        return registers.tag().error() != no_memory;
    }
    if (registers.rax != 0) return registers.rax != no_memory;
    if (makers[completion.number]) {
        put(target);
        learn(target, {registers.rdx});
        return true;
    }
    for (const u64 word : {registers.rdx, registers.rsi, registers.r8})
        put(word);
    if (completion.number == abi::number_of<abi::QueueReceive>)
        for (u64 i = 0; i < registers.rsi; ++i)
            learn(process, thread.buffer->handles[i]);
    return true;
}

void Recorder::write(std::FILE* to) const {
    std::fwrite(plan_.data(), 1, plan_.size(), to);
    std::fwrite(all_.data(), 1, all_.size(), to);
}

void Recorder::summarize() const {
    std::printf("%.*s: %lu sequences of %lu calls, %lu results, %lu states\n",
                static_cast<int>(system_.name.size()), system_.name.data(), known_.size(), calls_, results_,
                states_.size());
}

} // namespace pith::model
