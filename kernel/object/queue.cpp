#include "kernel/object/queue.h"

#include "kernel/kernel.h"
#include "kernel/memory/frame_pointer.h"
#include "kernel/syscall/transfer.h"

#include <algorithm>

namespace pith::kernel {

Queue::Queue(Budget& payer, u32 capacity)
    : Object{object_kind, payer}, capacity_{capacity}, handles_{payer.account()} {}

Queue::~Queue() {
    Account& account = payer().account();
    for (Message* frame : frames_) {
        if (!frame) continue;
        account.give_frame(frame_of(account, frame));
        kernel().effort().spend(Effort::give_frame);
    }
}

Result<Ref<Queue>> Queue::create(Budget& payer, u32 capacity) {
    Ref<Queue> queue = TRY(payer.make<Queue>(capacity));
    TRY(queue->take_storage());
    return queue;
}

Result<> Queue::take_storage() {
    Account& account = payer().account();
    for (u32 first = 0; first < capacity_; first += per_frame)
        frames_[first / per_frame] = frame_as<Message>(account, TRY(account.take_frame()));
    return handles_.provide(capacity_ * abi::max_handles);
}

Result<> Queue::push(HandleTable& from, std::span<const u64> words, std::span<const abi::Handle> handles) {
    // There are slots for all messages that fit; but one whose generations are used up is lost.
    std::array<u32, abi::max_handles> slots{};
    for (std::size_t i = 0; i < handles.size(); ++i) {
        const auto slot = handles_.reserve();
        if (!slot) {
            while (i > 0)
                handles_.unreserve(slots[--i]);
            return fail(slot.error());
        }
        slots[i] = *slot;
    }
    Message& message = at((first_ + count_) % capacity_);
    std::ranges::copy(words, message.words.begin());
    message.word_count = static_cast<u32>(words.size());
    message.handle_count = static_cast<u32>(handles.size());
    for (std::size_t i = 0; i < handles.size(); ++i)
        message.handles[i] = hand_over(from, handles[i], handles_, slots[i], Travel::copied).handle;
    const bool was_empty = count_++ == 0;
    serve_receivers();
    if (was_empty && !empty()) on(abi::QueueEdge::not_empty).signal();
    return {};
}

Result<abi::QueueReceive::Reply> Queue::pop(Thread& to) {
    const Message& message = at(first_);
    if (message.handle_count > to.reserved_count) return fail(Error::no_slots);
    for (u32 i = 0; i < message.handle_count; ++i) {
        to.buffer->handles[i] = {}; // for one that was revoked on its way
        to.buffer->kinds[i] = abi::Kind::none;
        const Slot* from = handles_.find(message.handles[i]);
        if (!from) continue;
        to.buffer->kinds[i] = from->kind();
        const u32 slot = to.reserved[--to.reserved_count];
        to.buffer->handles[i] = handles_.move(message.handles[i], to.process().handles(), slot);
    }
    if (to.reserved_count < to.accepted_count) to.unusual |= unusual::short_of_slots;
    std::ranges::copy(std::span{message.words}.first(message.word_count), to.buffer->words.begin());
    first_ = (first_ + 1) % capacity_;
    if (count_-- == capacity_) on(abi::QueueEdge::not_full).signal();
    return abi::QueueReceive::Reply{message.word_count, message.handle_count};
}

void Queue::serve_receivers() {
    while (!empty()) {
        Thread* receiver = receivers_.front();
        if (!receiver) return;
        if (const auto message = pop(*receiver))
            kernel().waits().finish_queue_wait(*receiver, *message);
        else
            kernel().waits().cancel(*receiver, message.error());
    }
}

void Queue::capability_added(abi::Rights rights) {
    if (rights.has(abi::rights::queue::send)) ++send_rights_;
    if (rights.has(abi::rights::queue::receive)) ++receive_rights_;
}

void Queue::capability_removed(abi::Rights rights) {
    const bool last_send = rights.has(abi::rights::queue::send) && --send_rights_ == 0;
    const bool last_receive = rights.has(abi::rights::queue::receive) && --receive_rights_ == 0;
    if (last_receive) closed_ = true;
    if (!last_send && !last_receive) return;
    if (last_send) on(abi::QueueEdge::not_empty).signal();
    if (last_receive) on(abi::QueueEdge::not_full).signal();
    if ((send_away() && drain()) || reclaim_link.linked()) return;
    kernel().note_change();
    kernel().reclaimer().take(Ref{*this});
}

bool Queue::send_away() {
    const Effort::Slice slice{kernel().effort()};
    while (!receivers_.empty() && !kernel().effort().is_over())
        kernel().waits().cancel(*receivers_.front(), Error::closed);
    return receivers_.empty();
}

bool Queue::drain() {
    if (!closed_) return true;
    Effort& effort = kernel().effort();
    const Effort::Slice slice{effort};
    Capability capability;
    while (!effort.is_over() && handles_.take_last(capability)) {
        effort.spend(Effort::remove_handle);
        capability = {};
    }
    if (handles_.handles_in_use() != 0) return false;
    count_ = 0;
    return true;
}

} // namespace pith::kernel
