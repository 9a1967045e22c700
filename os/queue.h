#pragma once

#include "os/message.h"
#include "os/runtime.h"

#include <algorithm>

namespace pith::os {

/// Messages between processes that must not wait for each other.
class Queue : public Typed<Queue, abi::Kind::queue> {
  public:
    using Typed::Typed;
    /// For so many messages, all paid now.
    [[nodiscard]] static Result<Queue> create(u64 capacity, const Budget& budget = {}) {
        return Queue{TRY(invoke(abi::QueueCreate{budget.id(), capacity})).handle};
    }
    /// `would_wait` where it is full.
    [[nodiscard]] Result<> send(const Message& message) const {
        if (message.count > abi::max_words || message.handle_count > abi::max_handles)
            return fail(Error::bad_argument);
        std::copy_n(message.words.begin(), message.count, message_buffer().words.begin());
        std::copy_n(message.handles.begin(), message.handle_count, message_buffer().handles.begin());
        return invoke(abi::QueueSend{id(), message.count, message.handle_count});
    }
    /// Takes the oldest message out; waits while there is none.
    [[nodiscard]] Result<> receive(Message& message, Instant deadline = Instant::never()) const {
        const auto came = TRY(invoke(abi::QueueReceive{id(), deadline}));
        message.count = static_cast<u32>(came.words);
        message.handle_count = static_cast<u32>(came.handles);
        std::copy_n(message_buffer().words.begin(), message.count, message.words.begin());
        std::copy_n(message_buffer().handles.begin(), message.handle_count, message.handles.begin());
        message.kinds = message_buffer().kinds;
        return {};
    }
    /// When the queue is no longer empty, or no longer full, these bits are signalled.
    [[nodiscard]] Result<> bind(abi::QueueEdge edge, const Notification& notification, u64 bits) const {
        return invoke(abi::QueueBind{id(), static_cast<u64>(edge), notification.id(), bits});
    }
};

} // namespace pith::os
