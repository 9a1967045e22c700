#include "kernel/syscall/faults.h"

#include "kernel/object/endpoint.h"
#include "kernel/sched/hand_over.h"
#include "kernel/syscall/messages.h"
#include "kernel/syscall/system_call.h"

#include <algorithm>

/// Exceptions, and a foreign process's system calls, as messages. The registers in the thread's context are
/// the message, and stay untouched until the answer: to everybody else the thread waits like any caller.
namespace pith::kernel {

namespace {

using abi::FaultAction;

/// Registers that lie in the message buffer, in the order of abi::ThreadRegisters.
constexpr std::array in_buffer{&Registers::r9,  &Registers::rsp, &Registers::rflags, &Registers::rcx,
                               &Registers::rbx, &Registers::rbp, &Registers::r11,    &Registers::r12,
                               &Registers::r13, &Registers::r14, &Registers::r15};
static_assert(abi::register_words + in_buffer.size() == abi::fault::words);

bool is_system_call(const Registers& registers) { return registers.vector == abi::fault::system_call; }

Result<> change_registers(const Thread& from, Registers& to) {
    const auto words = from.context.registers.words();
    const VirtAddr rip{words[abi::fault::registers]};
    if (!is_user_address(rip)) return fail(Error::bad_address);
    to.rip = rip.raw;
    to.rax = words[4], to.rdi = words[5], to.rsi = words[6];
    to.rdx = words[7], to.r10 = words[8], to.r8 = words[9];
    const u64 more = std::min<u64>(from.context.registers.tag().extra_words(), in_buffer.size());
    for (u64 i = 0; i < more; ++i)
        to.*in_buffer[i] = from.buffer->words[abi::register_words + i];
    to.rflags = (to.rflags & flags_of_programs) | user_flags;
    return {};
}

/// Cannot be refused.
[[gnu::always_inline]] inline void bring_fault(const Thread& from, Thread& to, u64 badge) {
    const Registers& r = from.context.registers;
    for (u64 i = 0; i < in_buffer.size(); ++i)
        to.buffer->words[abi::register_words + i] = r.*in_buffer[i];
    auto tag = abi::MessageTag::make(std::to_underlying(abi::Status::fault), in_buffer.size(), 0);
    if (take_failed_reply(to)) tag = tag.with_failed_reply();
    to.context.registers.deliver(tag, badge,
                                 {r.vector | r.error << 32, from.fault_address, from.id, r.rip, r.rax, r.rdi,
                                  r.rsi, r.rdx, r.r10, r.r8});
}

} // namespace

ExitReason fault_of(const Thread& thread) {
    return {.kind = abi::ExitKind::faulted,
            .detail = thread.context.registers.vector,
            .address = thread.fault_address};
}

Result<> deliver_fault(const Thread& from, Thread& to, u64 badge) {
    bring_fault(from, to, badge);
    return {};
}

Result<> take_answer(const Thread& from, Thread& to) {
    Registers& registers = to.context.registers;
    const u64 action = from.context.registers.words()[0];
    if (action > std::to_underlying(FaultAction::proceed)) return fail(Error::bad_argument);
    switch (FaultAction{action}) {
    case FaultAction::end: to.unusual |= unusual::working; return {};
    case FaultAction::resume: break;
    case FaultAction::resume_changed: TRY(change_registers(from, registers)); break;
    case FaultAction::proceed:
        if (!is_system_call(registers)) return fail(Error::bad_argument);
        to.unusual |= unusual::working | unusual::native_call;
        break;
    }
    to.unusual &= ~unusual::faulted;
    return {};
}

bool answer_directly(Kernel& kernel, Core& core) {
    Thread& self = *core.current;
    Thread& thread = *self.caller;
    const abi::MessageTag tag = self.context.registers.tag();
    constexpr u32 of_faulted = unusual::faulted | unusual::foreign;
    if ((self.unusual | (thread.unusual & ~of_faulted)) != 0) return false;
    if (!is_plain(tag, abi::MessageCall::reply_and_receive)) return false;
    const int highest = kernel.ready().highest();
    if (thread.priority < highest || (thread.priority == highest && !core.slice_is_timed)) return false;
    const abi::Handle handle = self.context.registers.handle();
    const Slot* slot = HandleTable::find(self.handles, handle, Standing::may_receive);
    if (!slot) return false;
    auto& endpoint = static_cast<Endpoint&>(*slot->object);
    if (endpoint.may_have_arrivals()) return false;
    const u64 action = self.context.registers.words()[0];
    const bool changed = action == std::to_underlying(FaultAction::resume_changed);
    if (!changed && action != std::to_underlying(FaultAction::resume)) return false;
    if (changed && !change_registers(self, thread.context.registers)) return false;

    thread.unusual &= ~unusual::faulted;
    self.use.handle = handle;
    endpoint.receivers().push_front_new(self);
    self.caller = nullptr;
    self.priority = self.base_priority;
    self.state = ThreadState::receiving;
    kernel.hand_over(core, self, thread);
    kernel.machine().switch_context(core.local, self.context, thread.context);
    return true;
}

/// Compiled into both entries.
[[gnu::always_inline]] inline void Kernel::raise_fault(Core& core, Thread& thread) {
    const FaultHandler& handler = thread.process().fault_handler;
    Endpoint* const endpoint = handler.endpoint();
    if (!endpoint || endpoint->closed()) return end_process(thread.process(), fault_of(thread));
    Thread* receiver = endpoint->receivers().front();
    thread.badge = handler.badge();
    thread.use.handle = {}; // it did not call through one
    if (!receiver) {
        thread.unusual |= unusual::faulted;
        endpoint->enqueue_caller(thread);
        return waits_.begin(thread, ThreadState::calling, Instant::never());
    }
    const bool ordinary =
        ((thread.unusual & ~unusual::foreign) | receiver->unusual) == 0 && machine_.can_switch_in_call();
    thread.unusual |= unusual::faulted;
    receiver->caller = &thread;
    thread.last_server = receiver;
    if (ordinary) [[likely]] {
        static_cast<void>(endpoint->receivers().pop_front());
        receiver->priority = std::max(receiver->priority, thread.priority);
        thread.state = ThreadState::awaiting_reply;
        hand_over(core, thread, *receiver);
        machine_.switch_into_call(core.local, thread.context, receiver->context);
        return bring_fault(thread, *receiver, handler.badge());
    }
    bring_fault(thread, *receiver, handler.badge());
    if (thread.priority > receiver->base_priority) set_priority(*receiver, thread.priority);
    waits_.begin(thread, ThreadState::awaiting_reply, Instant::never());
    waits_.finish(*receiver);
}

void Kernel::raise_system_call(Core& core, Thread& thread) {
    // As an exception: all registers are kept, those of vectors too, and go back by iret.
    Registers& registers = thread.context.registers;
    registers.vector = abi::fault::system_call;
    registers.error = 0;
    registers.rcx = registers.rip;
    registers.r11 = registers.rflags;
    thread.context.interrupted = true;
    thread.fault_address = registers.rip;
    raise_fault(core, thread);
}

[[gnu::always_inline]] inline Exit Kernel::exception(Core& core, u64 address) {
    Thread& thread = *core.current;
    const Registers& registers = thread.context.registers;
    constexpr u64 page_fault = 14;
    if (registers.vector == page_fault &&
        thread.process().space().resolve(thread, VirtAddr{address}, registers.error))
        return leave(core);
    thread.fault_address = registers.vector == page_fault ? address : registers.rip;
    trace(core, abi::TraceEvent::fault, registers.vector, thread.fault_address);
    raise_fault(core, thread);
    if (!changed_) [[likely]]
        return {&core.current->context, Exit::Idle::halt};
    return leave(core);
}
Exit kernel_exception(Core& core, u64 address) { return core.kernel.lock()->exception(core, address); }

} // namespace pith::kernel
