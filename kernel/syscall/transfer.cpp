#include "kernel/syscall/transfer.h"

#include "kernel/kernel.h"
#include "kernel/syscall/faults.h"
#include "kernel/syscall/messages.h"

#include <algorithm>
#include <span>

namespace pith::kernel {

namespace {

using Handles = std::array<abi::Handle, abi::max_handles>;

void deliver_news(Thread& thread, abi::Status what, u64 value) {
    auto tag = abi::MessageTag::make(std::to_underlying(what), 0, 0);
    if (take_failed_reply(thread)) tag = tag.with_failed_reply();
    thread.context.registers.deliver(tag, value, {});
}

} // namespace

Result<> check_handles(HandleTable& table, std::span<const abi::Handle> handles, Travel how,
                       abi::Handle through) {
    for (std::size_t i = 0; i < handles.size(); ++i) {
        const Slot* slot = table.find(handles[i]);
        if (!slot || slot->object->ending()) [[unlikely]]
            return fail(Error::bad_handle);
        const bool can_be_copied = slot->rights().has(abi::rights::copy);
        if (can_be_copied && how == Travel::copied) [[likely]]
            continue;
        if (!can_be_copied && slot->kind() != abi::Kind::reply) return fail(Error::denied);
        if (handles[i] == through || std::ranges::contains(handles.subspan(i + 1), handles[i]))
            return fail(Error::bad_argument);
    }
    return {};
}

Delivered hand_over(HandleTable& from, abi::Handle handle, HandleTable& to, u32 reserved, Travel how) {
    Slot& slot = *from.find(handle);
    const abi::Kind kind = slot.kind();
    if (how == Travel::moved || !slot.rights().has(abi::rights::copy))
        return {from.move(handle, to, reserved), kind};
    return {to.fill_with_copy(reserved, slot), kind};
}

Result<> transfer_handles(Thread& from, Thread& to, abi::MessageTag tag, abi::Handle through) {
    const u32 count = tag.handles();
    const Travel how = tag.moves() ? Travel::moved : Travel::copied;
    // Read once: other threads of the process may be writing there.
    Handles names;
    for (u32 i = 0; i < count; ++i)
        names[i] = from.buffer->handles[i];
    HandleTable& source = from.process().handles();
    TRY(check_handles(source, std::span{names}.first(count), how, through));
    if (count > to.reserved_count) return fail(Error::no_slots);

    HandleTable& target = to.process().handles();
    for (u32 i = 0; i < count; ++i) {
        const u32 slot = to.reserved[--to.reserved_count];
        const Delivered delivered = hand_over(source, names[i], target, slot, how);
        to.buffer->handles[i] = delivered.handle;
        to.buffer->kinds[i] = delivered.kind;
    }
    to.unusual |= unusual::short_of_slots; // there were no more set aside than it accepts
    return {};
}

Result<> transfer_message(Thread& from, Thread& to, u64 badge) {
    if (((from.unusual | to.unusual) & unusual::faulted) != 0) [[unlikely]]
        return (to.unusual & unusual::faulted) != 0 ? take_answer(from, to) : deliver_fault(from, to, badge);
    const abi::MessageTag tag = from.context.registers.tag();
    const u32 count = tag.handles();
    if (count > 0) TRY(transfer_handles(from, to, tag, from.context.registers.handle()));
    const auto extra = std::span{from.buffer->words}.subspan(abi::register_words, tag.extra_words());
    std::ranges::copy(extra, to.buffer->words.begin() + abi::register_words);

    auto delivered =
        abi::MessageTag::make(std::to_underlying(abi::Status::message), tag.extra_words(), count);
    if (take_failed_reply(to)) delivered = delivered.with_failed_reply();
    to.context.registers.deliver(delivered, badge, from.context.registers.words());
    return {};
}

Result<> reserve_slots(Thread& thread) {
    while (thread.reserved_count < thread.accepted_count) {
        thread.reserved[thread.reserved_count] = TRY(thread.process().handles().reserve());
        ++thread.reserved_count;
    }
    thread.unusual &= ~unusual::short_of_slots;
    return {};
}

bool has_slots_again(Thread& thread) { return reserve_slots(thread).has_value(); }

void deliver_done(Thread& thread) { thread.context.registers.deliver({}, 0, {}); }

void deliver_bits(Thread& thread, u64 bits) { deliver_news(thread, abi::Status::notification, bits); }
void deliver_gone(Thread& thread, u64 badge) { deliver_news(thread, abi::Status::gone, badge); }

void deliver_error(Thread& thread, Error error) {
    auto tag = abi::MessageTag::failed(std::to_underlying(error));
    if (take_failed_reply(thread)) tag = tag.with_failed_reply();
    thread.context.registers.deliver(tag, 0, {});
}

} // namespace pith::kernel
