#pragma once

#include "abi/message.h"
#include "abi/syscalls.h"
#include "kernel/object/handle_table.h"
#include "kernel/object/observer.h"
#include "kernel/object/thread.h"

#include <span>

namespace pith::kernel {

/// A bounded queue of messages between processes that must not wait for each other. All that it can ever hold
/// is paid when it is made. Handles in messages lie in a table of the queue's own: so they keep their places
/// in the tree, revoking finds them, and a badge that one carries is not gone.
///
/// Ends with its last receive right: senders then get `closed`, and what is in it is taken apart. Without
/// any send right receivers get what is left, then `closed`.
class Queue final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::queue;

    [[nodiscard]] static Result<Ref<Queue>> create(Budget& payer, u32 capacity);
    Queue(Budget& payer, u32 capacity);
    ~Queue();

    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] bool full() const { return count_ == capacity_; }
    /// Nobody can receive any more.
    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] bool has_senders() const { return send_rights_ != 0; }

    /// Puts a message in; there is room, and the handles of `from` may travel. Whoever waits for one gets it.
    [[nodiscard]] Result<> push(HandleTable& from, std::span<const u64> words,
                                std::span<const abi::Handle> handles);
    /// Brings the first message to the thread's message buffer; `no_slots` where it has set aside too few:
    /// then the message stays. The queue is not empty.
    [[nodiscard]] Result<abi::QueueReceive::Reply> pop(Thread& to);

    /// Threads that wait for a message, in order of arrival.
    [[nodiscard]] WaitList& receivers() { return receivers_; }

    [[nodiscard]] Observer& on(abi::QueueEdge edge) { return observers_[std::to_underlying(edge)]; }

    void capability_added(abi::Rights rights);
    void capability_removed(abi::Rights rights);
    /// Nothing comes any more, or nobody can receive: tells a slice of those who wait. True when nobody does.
    [[nodiscard]] bool send_away();
    [[nodiscard]] int urgency() const { return highest_priority(receivers_); }
    /// Gives up a slice of what is in a closed queue. True when nothing is left.
    [[nodiscard]] bool drain();

    ListLink reclaim_link; ///< those at which many wait, while they are told; closed ones that hold something

  private:
    friend class Inspector;
    struct Message {
        std::array<u64, abi::max_words> words;
        std::array<abi::Handle, abi::max_handles> handles; ///< in `handles_`; stale where one was revoked
        u32 word_count;
        u32 handle_count;
    };
    static constexpr u32 per_frame = page_size / sizeof(Message);
    static constexpr u32 max_frames = (abi::max_queue_capacity + per_frame - 1) / per_frame;

    [[nodiscard]] Result<> take_storage();
    [[nodiscard]] Message& at(u32 index) const { return frames_[index / per_frame][index % per_frame]; }
    void serve_receivers();

    u32 capacity_;
    u32 first_ = 0; ///< the oldest message
    u32 count_ = 0;
    bool closed_ = false;
    u64 send_rights_ = 0;
    u64 receive_rights_ = 0;
    std::array<Message*, max_frames> frames_{};
    HandleTable handles_;
    WaitList receivers_;
    std::array<Observer, 2> observers_; // by QueueEdge
};

} // namespace pith::kernel
