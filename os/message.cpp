#include "os/message.h"

#include "os/runtime.h"

#include <algorithm>

namespace pith::os {
namespace {

using abi::MessageCall;
using abi::MessageTag;

struct Wire {
    u64 tag;
    u64 handle; ///< out: badge or bits
    std::array<u64, abi::register_words> words;
};

/// The one messaging instruction. Together with rbp and rsp, which are kept, the operands are all registers.
void enter_kernel(Wire& wire) {
    auto& w = wire.words;
    u64 rax = wire.tag;
    u64 rdi = wire.handle;
    register u64 rbx asm("rbx") = w[0];
    register u64 r12 asm("r12") = w[1];
    register u64 r13 asm("r13") = w[2];
    register u64 r14 asm("r14") = w[3];
    register u64 r15 asm("r15") = w[4];
    register u64 rdx asm("rdx") = w[5];
    register u64 rsi asm("rsi") = w[6];
    register u64 r8 asm("r8") = w[7];
    register u64 r9 asm("r9") = w[8];
    register u64 r10 asm("r10") = w[9];
    asm volatile("syscall"
                 : "+a"(rax), "+D"(rdi), "+r"(rbx), "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15), "+r"(rdx),
                   "+r"(rsi), "+r"(r8), "+r"(r9), "+r"(r10)
                 :
                 : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    wire = {rax, rdi, {rbx, r12, r13, r14, r15, rdx, rsi, r8, r9, r10}};
}

/// Puts the message where the kernel looks for it; unused registers go out as 0, so nothing leaks in them.
MessageTag load(MessageCall what, const Message& message, Instant deadline, Wire& wire) {
    const u32 in_registers = std::min(message.count, abi::register_words);
    for (u32 i = 0; i < abi::register_words; ++i)
        wire.words[i] = i < in_registers ? message.words[i] : 0;
    abi::MessageBuffer& buffer = message_buffer();
    for (u32 i = abi::register_words; i < message.count; ++i)
        buffer.words[i] = message.words[i];
    for (u32 i = 0; i < message.handle_count; ++i)
        buffer.handles[i] = message.handles[i];
    const bool with_deadline = !deadline.is_never();
    if (with_deadline) buffer.deadline = deadline.raw;
    return MessageTag::make(static_cast<u8>(what), message.count - in_registers, message.handle_count,
                            with_deadline);
}

void unload(const Wire& wire, Message& message) {
    const MessageTag tag{{wire.tag}};
    std::ranges::copy(wire.words, message.words.begin());
    const abi::MessageBuffer& buffer = message_buffer();
    message.count = abi::register_words + tag.extra_words();
    for (u32 i = abi::register_words; i < message.count; ++i)
        message.words[i] = buffer.words[i];
    message.handle_count = tag.handles();
    for (u32 i = 0; i < message.handle_count; ++i)
        message.handles[i] = buffer.handles[i];
}

Result<> outcome(const Wire& wire) {
    const MessageTag tag{{wire.tag}};
    if (tag.low() == static_cast<u8>(abi::Status::error)) return fail(static_cast<Error>(tag.error()));
    return {};
}

Result<Arrival> arrival(const Wire& wire, Message& message) {
    TRY(outcome(wire));
    const auto what = static_cast<abi::Status>(MessageTag{{wire.tag}}.low());
    if (what == abi::Status::message || what == abi::Status::fault) unload(wire, message);
    return Arrival{what, wire.handle};
}

Wire enter(MessageCall what, abi::Handle handle, const Message& message, Instant deadline) {
    Wire wire;
    wire.tag = load(what, message, deadline, wire).raw;
    wire.handle = handle.raw;
    enter_kernel(wire);
    return wire;
}

} // namespace

Result<> call(const Endpoint& endpoint, Message& message, Instant deadline) {
    const Wire wire = enter(MessageCall::call, endpoint.id(), message, deadline);
    TRY(outcome(wire));
    unload(wire, message);
    return {};
}

Result<> send(const Endpoint& endpoint, const Message& message, Instant deadline) {
    return outcome(enter(MessageCall::send, endpoint.id(), message, deadline));
}

Result<Arrival> receive(const Endpoint& endpoint, Message& message, Instant deadline) {
    message.count = 0;
    message.handle_count = 0;
    return arrival(enter(MessageCall::receive, endpoint.id(), message, deadline), message);
}

Result<Arrival> reply_and_receive(const Endpoint& endpoint, Message& message) {
    return arrival(enter(MessageCall::reply_and_receive, endpoint.id(), message, Instant::never()), message);
}

Result<> reply(const ReplyRight& right, const Message& message) {
    return outcome(enter(MessageCall::reply, right.id(), message, Instant::never()));
}

} // namespace pith::os
