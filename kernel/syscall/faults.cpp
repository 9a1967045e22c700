#include "kernel/syscall/faults.h"

#include "kernel/object/endpoint.h"
#include "kernel/syscall/messages.h"
#include "kernel/syscall/system_call.h"

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

} // namespace

ExitReason fault_of(const Thread& thread) {
    return {.kind = abi::ExitKind::faulted,
            .detail = thread.context.registers.vector,
            .address = thread.fault_address};
}

Result<> deliver_fault(const Thread& from, Thread& to, u64 badge) {
    const Registers& r = from.context.registers;
    for (u64 i = 0; i < in_buffer.size(); ++i)
        to.buffer->words[abi::register_words + i] = r.*in_buffer[i];
    auto tag = abi::MessageTag::make(std::to_underlying(abi::Status::fault), in_buffer.size(), 0);
    if (take_failed_reply(to)) tag = tag.with_failed_reply();
    to.context.registers.deliver(tag, badge,
                                 {r.vector | r.error << 32, from.fault_address, from.id, r.rip, r.rax, r.rdi,
                                  r.rsi, r.rdx, r.r10, r.r8});
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

void Kernel::raise_system_call(Thread& thread) {
    // As an exception: all registers are kept, those of vectors too, and go back by iret.
    Registers& registers = thread.context.registers;
    registers.vector = abi::fault::system_call;
    registers.error = 0;
    registers.rcx = registers.rip;
    registers.r11 = registers.rflags;
    thread.context.interrupted = true;
    thread.fault_address = registers.rip;
    raise_fault(thread);
}

void Kernel::raise_fault(Thread& thread) {
    const FaultHandler& handler = thread.process().fault_handler;
    if (!handler.endpoint() || handler.endpoint()->closed())
        return end_process(thread.process(), fault_of(thread));
    Endpoint& endpoint = *handler.endpoint();
    thread.unusual |= unusual::faulted;
    thread.badge = handler.badge();
    thread.use.handle = {}; // it did not call through one
    Thread* receiver = endpoint.receivers().front();
    if (!receiver) {
        endpoint.enqueue_caller(thread);
        return waits_.begin(thread, ThreadState::calling, Instant::never());
    }
    static_cast<void>(deliver_fault(thread, *receiver, handler.badge())); // cannot be refused
    receiver->caller = &thread;
    thread.server = receiver;
    if (thread.priority > receiver->base_priority) set_priority(*receiver, thread.priority);
    waits_.begin(thread, ThreadState::awaiting_reply, Instant::never());
    waits_.finish(*receiver);
}

} // namespace pith::kernel
