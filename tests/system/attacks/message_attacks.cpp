// Messages: tags that mean nothing, buffers that change or vanish, replies that are not one's own.
#include "child.h"

namespace pith::attacks {
namespace {

using abi::MessageTag;

constexpr VirtAddr first_buffer = abi::first_message_buffer;

/// Calls the partner with this tag; the tag that comes back.
MessageTag call_with(const Room& room, u64 tag) {
    Registers registers{.rax = tag, .rdi = room.partner.id().raw};
    raw_call(registers);
    return {{registers.rax}};
}
bool is_error(MessageTag tag, Error error) { return tag.low() == 1 && tag.error() == static_cast<u8>(error); }

void reserved_bits(Room& room) {
    for (u64 bit = 22; bit < 64; ++bit)
        for (u64 call = 0; call < abi::message_calls; ++call)
            room.check(is_error(call_with(room, call | u64{1} << bit), Error::bad_argument));
    for (u64 words = abi::max_words - abi::register_words + 1; words < 256; ++words)
        room.check(is_error(call_with(room, words << 8), Error::bad_argument));
    for (u64 handles = abi::max_handles + 1; handles < 16; ++handles)
        room.check(is_error(call_with(room, handles << 16), Error::bad_argument));
}

/// All bits of a call's number count.
void high_bits(Room& room) {
    for (u64 number = abi::first_call; number < abi::first_call + call_count; ++number)
        for (u64 bit = 8; bit < 64; ++bit) {
            const auto out = os::detail::system_call(number | u64{1} << bit, {});
            room.check(out.status == static_cast<u64>(Error::unknown_call));
        }
    for (u64 number : {u64{5}, u64{15}, abi::first_call + call_count, u64{200}, u64{255}, ~u64{0}}) {
        const auto out = os::detail::system_call(number, {});
        room.check(out.status == static_cast<u64>(Error::unknown_call));
    }
}

/// No register brings anything but what the contract says.
void clean_replies(Room& room) {
    constexpr u64 dirt = 0x5a5a'5a5a'5a5a'5a5a;
    const auto looks_like_kernel = [](u64 value) { return value >> 47 == 0x1ffff; };
    for (u64 number = abi::number_of<abi::SetBases>; number < abi::first_call + call_count; ++number) {
        if (number == abi::number_of<abi::NotificationWait>) continue;
        Registers r{number, dirt, dirt, dirt, dirt, dirt, dirt, dirt, dirt, dirt, dirt, dirt};
        raw_call(r);
        room.check(r.rdi == 0 && r.r9 == 0 && r.r10 == 0);
        room.check(r.rbx == dirt && r.r12 == dirt && r.r13 == dirt && r.r14 == dirt && r.r15 == dirt);
        if (r.rax != 0) room.check(r.rdx == 0 && r.rsi == 0 && r.r8 == 0);
        room.check(!looks_like_kernel(r.rdx) && !looks_like_kernel(r.rsi) && !looks_like_kernel(r.r8));
    }
    // A refused message leaves nothing in the words.
    Registers r{u64{1} << 40, 0, dirt, dirt, dirt, dirt, dirt, dirt, dirt, dirt, dirt, dirt};
    raw_call(r);
    room.check((r.rdi | r.rsi | r.rdx | r.r10 | r.r8 | r.r9 | r.rbx | r.r12 | r.r13 | r.r14 | r.r15) == 0);
}

[[noreturn]] void flip_buffer(u64 endpoint) {
    auto& buffer = *reinterpret_cast<abi::MessageBuffer*>(first_buffer.raw);
    const auto write = [](u64& place, u64 value) { *const_cast<volatile u64*>(&place) = value; };
    for (u64 i = 0;; ++i) {
        write(buffer.handles[0].raw, i % 3 == 0 ? endpoint : i);
        write(buffer.handles[1].raw, i % 5 == 0 ? endpoint : ~i);
        for (u64 word = abi::register_words; word < abi::max_words; ++word)
            write(buffer.words[word], i * word);
        write(buffer.deadline, i % 7 == 0 ? 0 : ~u64{0});
    }
}

/// The buffer changes under the kernel's hands: a message arrives whole, or is refused.
void double_fetch(Room& room) {
    const auto weak = room.partner.copy();
    const auto thread = start_thread(flip_buffer, weak ? weak->id().raw : 0);
    if (!thread) return room.check(false);
    const Instant end = soon(400);
    const u64 tag = u64{54} << 8 | u64{2} << 16 | u64{1} << 20;
    // Both: a host that has other work runs the two cores together only now and then.
    for (u64 tries = 0; tries < 400 || soon(0) < end; ++tries) {
        // On one core the other thread has a whole slice then: now and then is enough.
        if (tries % 16 == 0) static_cast<void>(os::invoke(abi::Yield{}));
        for (int i = 0; i < 50; ++i) {
            Registers r{.rax = tag, .rdi = room.partner.id().raw, .rbx = 2};
            raw_call(r);
            const MessageTag got{{r.rax}};
            if (got.low() == 0)
                room.check(r.rbx == 2 && r.r12 == static_cast<u64>(abi::Kind::endpoint));
            else
                room.check(is_error(got, Error::bad_handle) || is_error(got, Error::timed_out));
        }
    }
}

/// Handles that are not there, twice the same, more than the receiver takes.
void bad_handles(Room& room) {
    os::Message message;
    message.words[0] = 2;
    message.count = 1;
    message.handle_count = 4;
    message.handles = {room.partner.id(), room.partner.id(), room.partner.id(), room.partner.id()};
    room.check(os::call(room.partner, message).has_value() && message.words[0] == 4);
    for (u32 place = 0; place < 4; ++place) {
        message.count = 1;
        message.handle_count = 4;
        message.handles = {room.partner.id(), room.partner.id(), room.partner.id(), room.partner.id()};
        message.handles[place] = abi::Handle{{0xffff'ffff'ffff'ffff}};
        room.check.error(os::call(room.partner, message), Error::bad_handle);
    }
    const auto weak = room.partner.copy(abi::rights::endpoint::call); // no `copy`: it must stay here
    if (!weak) return room.check(false);
    message.count = 1;
    message.handle_count = 1;
    message.handles[0] = weak->id();
    room.check.error(os::call(room.partner, message), Error::denied);
}

/// The buffer is unmapped: the kernel has its own way to it, and the program only loses.
void unmapped_buffer(Room& room) {
    room.check(os::invoke(abi::MemoryUnmap{{}, first_buffer, pages(1)}).has_value());
    for (int i = 0; i < 100; ++i) {
        Registers r{.rax = u64{54} << 8, .rdi = room.partner.id().raw, .rbx = 1};
        raw_call(r);
        room.check(MessageTag{{r.rax}}.low() == 0);
    }
    // Something else is there now: the kernel must not write to it.
    auto memory = os::Memory::create(pages(1));
    const auto rights = abi::rights::memory::read | abi::rights::memory::write;
    if (!memory || !os::runtime().self.map(*memory, first_buffer, pages(1), rights)) return room.check(false);
    Registers r{.rax = u64{54} << 8, .rdi = room.partner.id().raw, .rbx = 1};
    raw_call(r);
    const auto* words = reinterpret_cast<const u64*>(first_buffer.raw);
    for (u64 i = 0; i < page_size / 8; ++i)
        room.check(words[i] == 0);
}

void dropped_reply(Room& room) {
    for (int i = 0; i < 100; ++i) {
        os::Message message;
        message.words[0] = 3;
        message.count = 1;
        room.check.error(os::call(room.partner, message), Error::dropped);
    }
}

void replies_without_a_caller(Room& room) {
    os::Message message;
    message.count = 1;
    room.check.error(os::reply(os::ReplyRight{}, message), Error::caller_gone);
    room.check.error(os::ReplyRight::keep(), Error::wrong_state);
    Registers r{.rax = 4, .rdi = room.partner.id().raw};
    raw_call(r);
    room.check(is_error({{r.rax}}, Error::wrong_kind));
}

[[noreturn]] void call_once(u64 endpoint) {
    Registers r{.rax = 0, .rdi = endpoint, .rbx = 5};
    raw_call(r);
    end_thread();
}

/// A kept reply answers once, and not after its caller has left.
void reply_once(Room& room) {
    const auto endpoint = os::Endpoint::create();
    if (!endpoint) return room.check(false);
    for (int round = 0; round < 2; ++round) {
        auto thread = start_thread(call_once, endpoint->id().raw, static_cast<u64>(round));
        os::Message message;
        const auto arrived = os::receive(*endpoint, message, soon(2000));
        if (!thread || !arrived) return room.check(false);
        auto right = os::ReplyRight::keep();
        if (!right) return room.check(false);
        room.check.refused(os::invoke(abi::HandleCopy{right->id(), 0xffff, {}}));
        room.check.error(os::ReplyRight::keep(), Error::wrong_state);
        if (round == 1) room.check(os::invoke(abi::ThreadKill{thread->id()}).has_value());
        const auto first = os::reply(*right, message);
        if (round == 0) room.check(first.has_value());
        if (round == 1) room.check.error(first, Error::caller_gone);
        room.check.error(os::reply(*right, message), Error::bad_handle);
        static_cast<void>(right->release());
        pause_for(2);
    }
}

/// Calling an endpoint that nobody but the caller could answer, until a deadline.
void calls_itself(Room& room) {
    const auto endpoint = os::Endpoint::create();
    if (!endpoint) return room.check(false);
    os::Message message;
    message.count = 1;
    room.check.error(os::call(*endpoint, message, soon(2)), Error::timed_out);
    room.check.error(os::send(*endpoint, message, Instant{}), Error::timed_out);
    room.check.error(os::receive(*endpoint, message, soon(2)), Error::timed_out);
}

} // namespace

std::span<const Attack> message_attacks() {
    static constexpr std::array attacks{
        Attack{"messages.reserved-bits", reserved_bits},
        Attack{"messages.high-bits-of-numbers", high_bits},
        Attack{"messages.clean-replies", clean_replies},
        Attack{"messages.double-fetch", double_fetch},
        Attack{"messages.bad-handles", bad_handles},
        Attack{"messages.unmapped-buffer", unmapped_buffer},
        Attack{"messages.dropped-reply", dropped_reply},
        Attack{"messages.replies-without-a-caller", replies_without_a_caller},
        Attack{"messages.reply-once", reply_once},
        Attack{"messages.calls-itself", calls_itself},
    };
    return attacks;
}

} // namespace pith::attacks
