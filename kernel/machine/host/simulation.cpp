#include "kernel/machine/host/simulation.h"

#include <machine/executing.h>

namespace pith::kernel {

namespace {
FrameAllocator& filled(FrameAllocator& frames, PageCount size) {
    frames.add(PhysAddr{page_size}, size - pages(1)); // frame 0 stays out, as on the real machine
    return frames;
}
} // namespace

Simulation::State::State(std::span<std::byte> memory, std::span<FrameRecord> frame_records, Log& log)
    : ram{memory},
      records{frame_records},
      machine{ram},
      frames{FrameAccess{ram.data()}, records},
      kernel{machine, filled(frames, pages(records.size())), FrameAccess{ram.data()}, log} {}

Simulation::Simulation(PageCount ram, u32 cores)
    : arena_{align_up(sizeof(State), page_size) + align_up(ram.raw * sizeof(FrameRecord), page_size) +
             (ram + Machine::own_pages).bytes()},
      log_{
          {this,
           [](void* self) { return LogPort::Stamp{static_cast<Simulation*>(self)->state_->machine.time, 0}; },
           [](void* self, std::string_view text, LogSource /*source*/) {
               static_cast<Simulation*>(self)->log_text_ += text;
           }},
          LogLevel::debug} {
    const std::span state = arena_.take(sizeof(State));
    const std::span records = arena_.take(ram.raw * sizeof(FrameRecord));
    const std::span memory = arena_.take((ram + Machine::own_pages).bytes());
    state_ = std::construct_at(reinterpret_cast<State*>(state.data()), memory,
                               std::span{reinterpret_cast<FrameRecord*>(records.data()), ram.raw}, log_);
    require(cores >= 1 && cores <= most_cores, "so many cores are not simulated");
    for (u32 i = 0; i < cores; ++i) {
        CoreLocal& local = state_->locals[i];
        local.core = &kernel().add_core(state_->kernel, local, machine().kernel_root());
        local.loaded = local.core->loaded;
        local.core->trace = TraceRing{state_->traces[i]};
    }
    for (u32 i = cores; i-- > 0;) { // each comes in; the first one last, so that it takes the next step
        on(i);
        if (i != 0) settle();
    }
    if (cores > 1) settle();
}

Simulation& Simulation::on(u32 core) {
    local_ = &state_->locals[core];
    core_ = local_->core;
    state_->machine.go_to(*local_);
    return *this;
}

void Simulation::notice() {
    if (!std::exchange(local_->interrupted, false)) return;
    if (core_->current && !polling()) core_->current->context.interrupted = true;
    settle();
}

void Simulation::quiesce() {
    const u32 before = core_->index;
    for (bool again = true; again;) {
        again = false;
        for (u32 i = 0; i < cores(); ++i) {
            on(i);
            again |= local_->interrupted || polling();
            if (polling())
                settle();
            else
                notice();
        }
    }
    on(before);
}

std::optional<PhysAddr> Simulation::touch(VirtAddr address) {
    const VirtAddr page{align_down(address.raw, page_size)};
    for (u32 i = 0; i < local_->known_count; ++i)
        if (local_->known[i].page == page) return local_->known[i].frame + (address.raw - page.raw);
    const auto found = current()->process().space().query(page);
    if (!found) return std::nullopt;
    if (local_->known_count == local_->known.size()) local_->known_count = 0;
    local_->known[local_->known_count++] = {page, found->address};
    return found->address + (address.raw - page.raw);
}

bool Simulation::touch_port(u32 port) {
    u32 bits = 0; // of two bytes, as the processor looks: SDM vol. 1, 19.5.2
    for (u32 i = 0; i < 2; ++i) {
        const auto byte = touch(TaskTables::bitmap(core_->index) + (port / 8 + i));
        require(byte.has_value(), "a task state without a bitmap");
        bits |= std::to_integer<u32>(*machine().frame(*byte)) << 8 * i;
    }
    return (bits >> port % 8 & 1) == 0;
}

Simulation::~Simulation() { std::destroy_at(state_); }

Simulation::Program Simulation::start(u8 priority) {
    Kernel& k = kernel();
    auto process = Process::create(k.root_budget(), k.next_process_id(), {'t', 'e', 's', 't'});
    require(process.has_value(), "no memory for a process");
    auto thread = Thread::create(k.root_budget(), **process, VirtAddr{0x10000}, priority);
    require(thread.has_value(), "no memory for a thread");
    k.start_thread(**thread);
    return {*process, *thread};
}

void Simulation::settle() { follow(kernel_continue(*core_)); }

void Simulation::follow(Exit exit) {
    while (!stepwise_ && !exit.context && exit.idle == Exit::Idle::poll)
        exit = kernel_continue(*core_);
    local_->polling = !exit.context && exit.idle == Exit::Idle::poll;
    require(exit.context == nullptr || exit.context == local_->loaded, "resumed what is not loaded");
    require(local_->polling || (exit.context != nullptr) == (core_->current != nullptr),
            "a current thread that is not resumed");
    if (exit.context) exit.context->interrupted = false; // as iret does
}

namespace {
/// How a direct call has come out: it returned, or jumped.
enum class Outcome : u8 { returned, answered, left, handed_over, refused, unknown } outcome;
std::array<u64, 3> outcome_values;
u64 end_of_left, end_of_next;
} // namespace

void Simulation::make_raw(u64 number, const std::array<u64, 6>& words) {
    ThreadContext& context = current()->context;
    context.interrupted = false;
    outcome = Outcome::unknown;
    Answer answer{};
    if (number < direct_calls.size()) {
        context.registers.ask(~u64{0}, {}); // nobody may count on what has not been saved
        core_that_enters = core_;
        kernel_that_is_entered = &state_->kernel;
        thread_that_enters = current();
        outcome = Outcome::returned;
        answer = direct_calls[number](words[0], words[1], words[2], words[3], words[4], words[5]);
    }
    switch (outcome) {
    case Outcome::returned: return context.registers.answer(answer.status, {answer.value});
    case Outcome::answered: return context.registers.answer(answer.status, outcome_values);
    case Outcome::left: return follow(kernel_leave(*core_));
    case Outcome::handed_over: {
        require(end_of_left == std::bit_cast<u64>(&context.registers + 1), "left another than who called");
        Thread& next = *this->current();
        require(end_of_next == std::bit_cast<u64>(&next.context.registers + 1),
                "resumed what is not current");
        require(context.registers.rax == 0, "left without an answer");
        core_->note_loaded();
        return next.context.registers.answer(0, outcome_values);
    }
    case Outcome::refused:
        require(context.registers.rax == number, "refused another call than was made");
        [[fallthrough]];
    case Outcome::unknown: context.registers.ask(number, words); return follow(kernel_system_call(*core_));
    }
}

Answer direct_call_answered(u64 status, u64 second, u64 first, u64, u64 third, u64) {
    outcome = Outcome::answered;
    outcome_values = {first, second, third};
    return {status, first};
}
Answer direct_call_left(u64, u64, u64, u64, u64, u64) {
    outcome = Outcome::left;
    return {};
}
Answer direct_call_handed_over(u64 left, u64, u64 value, u64 next, u64 taken_byte, u64) {
    Locked<Kernel>& lock = *kernel_that_is_entered;
    require(taken_byte == lock.own_lock().taken_byte(), "gives back another lock");
    require(!lock.try_acquire(), "gave the lock back before registers were saved");
    lock.release();
    outcome = Outcome::handed_over;
    outcome_values = {value};
    end_of_left = left;
    end_of_next = next;
    return {};
}
Answer direct_call_refused(u64, u64, u64, u64, u64, u64) {
    outcome = Outcome::refused;
    return {};
}
Answer direct_call_unknown(u64, u64, u64, u64, u64, u64) {
    outcome = Outcome::unknown;
    return {};
}

namespace {
abi::MessageTag tag_of(abi::MessageCall call, u32 extra_words, u32 handles, bool with_deadline, bool moves) {
    const auto tag = abi::MessageTag::make(std::to_underlying(call), extra_words, handles, with_deadline);
    return moves ? tag.moving() : tag;
}
} // namespace

/// Which tag goes where, as in entry.S.
FastExit Simulation::fast_path(abi::MessageTag tag, abi::Handle handle) {
    if (tag.raw > 1 && tag.raw < direct_calls.size()) return {};
    return fast_paths[(tag.raw & 1) + (tag.raw > 1 ? 2 : 0)](handle.raw, 0, 0, core_, 0, 0);
}

void Simulation::send(abi::MessageCall call, abi::Handle handle, std::array<u64, abi::register_words> words,
                      u32 extra_words, u32 handles, bool with_deadline, bool moves) {
    const auto tag = tag_of(call, extra_words, handles, with_deadline, moves);
    current()->context.registers.rax = tag.raw;
    const FastExit fast = fast_path(tag, handle);
    if (fast.end) {
        ++fast_paths_taken_;
        // The words never left the registers.
        Registers& registers = core_->current->context.registers;
        require(fast.end == &registers + 1, "resumed what is not current");
        core_->note_loaded();
        registers.deliver(tag.raw > 1 ? registers.tag() : abi::MessageTag{}, fast.badge, words);
        return;
    }
    send_slowly(call, handle, words, extra_words, handles, with_deadline, moves);
}

void Simulation::send_slowly(abi::MessageCall call, abi::Handle handle,
                             std::array<u64, abi::register_words> words, u32 extra_words, u32 handles,
                             bool with_deadline, bool moves) {
    Thread& thread = *current();
    const auto tag = tag_of(call, extra_words, handles, with_deadline, moves);
    thread.context.registers.deliver(tag, handle.raw, words);
    thread.context.interrupted = false;
    follow(kernel_system_call(*core_));
}

Simulation::Message Simulation::message_of(const Thread& thread) {
    const Registers& registers = thread.context.registers;
    return {registers.tag(), registers.rdi, registers.words()};
}

void Simulation::pass_time(Instant time) {
    state_->machine.time = time;
    state_->machine.armed = Instant::never(); // it fires once
    if (core_->current && !polling()) core_->current->context.interrupted = true;
    follow(kernel_timer(*core_));
}

void Simulation::interrupt(u32 line) {
    if (!state_->machine.unmasked[line]) return;
    if (core_->current && !polling()) core_->current->context.interrupted = true;
    follow(kernel_interrupt(*core_, line));
}

void Simulation::fault(u64 vector, u64 address) {
    ThreadContext& context = current()->context;
    context.interrupted = true;
    context.registers.vector = vector;
    follow(kernel_exception(*core_, address));
}

FastExit fast_path_taken(u64 badge, u64, u64, void* end, u64, u64) {
    return {static_cast<Registers*>(end), badge};
}
FastExit fast_path_with_words_taken(u64 badge, u64, u64, void* end, u64, u64) {
    return {static_cast<Registers*>(end), badge};
}
FastExit fast_call_refused(u64, u64, u64, void*, u64, u64) { return {}; }
FastExit fast_reply_refused(u64, u64, u64, void*, u64, u64) { return {}; }
FastExit fast_path_with_words_refused(u64, u64, u64, void*, u64, u64) { return {}; }

} // namespace pith::kernel
