#include "os/message.h"

#include "os/runtime.h"

#include <algorithm>

namespace pith::os {
namespace {

using abi::MessageCall;
using abi::MessageTag;

/// What goes into the kernel beside the words, and what comes back.
struct Entry {
    u64 tag;
    u64 handle; ///< out: badge or bits
};

/// The one messaging instruction. Together with rbp and rsp, which are kept, the operands are all registers.
/// The words that come back replace those that went.
Entry enter_kernel(Entry entry, u64* w) {
    u64 rax = entry.tag;
    u64 rdi = entry.handle;
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
    w[0] = rbx;
    w[1] = r12;
    w[2] = r13;
    w[3] = r14;
    w[4] = r15;
    w[5] = rdx;
    w[6] = rsi;
    w[7] = r8;
    w[8] = r9;
    w[9] = r10;
    return {rax, rdi};
}

u32 words_beyond_registers(u32 count) {
    return count > abi::register_words ? count - abi::register_words : 0;
}

/// Puts what no register takes where the kernel looks for it. Not compiled into what most messages take.
[[gnu::noinline]] void put_aside(const Message& message, Instant deadline) {
    abi::MessageBuffer& buffer = message_buffer();
    for (u32 i = abi::register_words; i < message.count; ++i)
        buffer.words[i] = message.words[i];
    for (u32 i = 0; i < message.handle_count; ++i)
        buffer.handles[i] = message.handles[i];
    if (!deadline.is_never()) buffer.deadline = deadline.raw;
}

inline MessageTag load(MessageCall what, const Message& message, Instant deadline) {
    const u32 extra = words_beyond_registers(message.count);
    const bool with_deadline = !deadline.is_never();
    const auto tag = MessageTag::make(static_cast<u8>(what), extra, message.handle_count, with_deadline);
    if (extra == 0 && message.handle_count == 0 && !with_deadline) return tag;
    put_aside(message, deadline);
    return message.handle_count != 0 && message.moves ? tag.moving() : tag;
}

/// The same on the way back.
[[gnu::noinline]] void fetch(Message& message) {
    const abi::MessageBuffer& buffer = message_buffer();
    for (u32 i = abi::register_words; i < message.count; ++i)
        message.words[i] = buffer.words[i];
    for (u32 i = 0; i < message.handle_count; ++i)
        message.handles[i] = buffer.handles[i];
    message.kinds = buffer.kinds;
}

inline void unload(MessageTag tag, Message& message) {
    message.count = abi::register_words + tag.extra_words();
    message.handle_count = tag.handles();
    if (tag.extra_words() != 0 || message.handle_count != 0) fetch(message);
}

inline Result<> outcome(MessageTag tag) {
    if (tag.low() == static_cast<u8>(abi::Status::error)) return fail(static_cast<Error>(tag.error()));
    return {};
}

inline Result<Arrival> arrival(const Entry& entry, Message& message) {
    const MessageTag tag{{entry.tag}};
    TRY(outcome(tag));
    const auto what = static_cast<abi::Status>(tag.low());
    if (what == abi::Status::message || what == abi::Status::fault) unload(tag, message);
    return Arrival{what, entry.handle, tag.reply_failed()};
}

/// Words of registers from `first` on become 0: by one jump, with no loop on the way of every message.
inline void clear_from(u32 first, u64* w) {
    switch (first) {
    case 0: w[0] = 0; [[fallthrough]];
    case 1: w[1] = 0; [[fallthrough]];
    case 2: w[2] = 0; [[fallthrough]];
    case 3: w[3] = 0; [[fallthrough]];
    case 4: w[4] = 0; [[fallthrough]];
    case 5: w[5] = 0; [[fallthrough]];
    case 6: w[6] = 0; [[fallthrough]];
    case 7: w[7] = 0; [[fallthrough]];
    case 8: w[8] = 0; [[fallthrough]];
    case 9: w[9] = 0;
    }
}

/// Words that the message does not have go out as 0, so nothing leaks in the registers.
inline Entry enter(MessageCall what, abi::Handle handle, Message& message, Instant deadline) {
    const MessageTag tag = load(what, message, deadline);
    clear_from(message.count, message.words.data());
    return enter_kernel({tag.raw, handle.raw}, message.words.data());
}

/// The same for a message that stays as it is.
Result<> deliver(MessageCall what, abi::Handle handle, const Message& message, Instant deadline) {
    std::array<u64, abi::register_words> words{};
    std::copy_n(message.words.begin(), std::min(message.count, abi::register_words), words.begin());
    const Entry entry = enter_kernel({load(what, message, deadline).raw, handle.raw}, words.data());
    return outcome(MessageTag{{entry.tag}});
}

} // namespace

Result<> call(const Endpoint& endpoint, Message& message, Instant deadline) {
    const Entry entry = enter(MessageCall::call, endpoint.id(), message, deadline);
    const MessageTag tag{{entry.tag}};
    TRY(outcome(tag));
    unload(tag, message);
    return {};
}

Result<> send(const Endpoint& endpoint, const Message& message, Instant deadline) {
    return deliver(MessageCall::send, endpoint.id(), message, deadline);
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
    return deliver(MessageCall::reply, right.id(), message, Instant::never());
}

} // namespace pith::os
