#include "servers/driver/virtio_queue.h"

#include <atomic>

namespace pith::os::driver {
namespace {
constexpr u64 index = 1, ring = 2; ///< behind the flags
constexpr u16 no_notification = 1;
} // namespace

void VirtQueue::put(u16 number, u64 address, u32 length, u32 writable) {
    const u64 second = u64{length} | u64{VirtDescriptor::indirect} << 32;
    descriptors_.set(number * u64{2}, address);
    descriptors_.set(number * u64{2} + 1, second);
    available_.set(ring + next_available_ % entries, number);
    ++next_available_;
    with_device_[number] = true;
    writable_[number] = writable;
}

bool VirtQueue::publish() {
    std::atomic_thread_fence(std::memory_order_release);
    available_.set(index, next_available_);
    // The device may set its flag while it looks at the ring for the last time: both must be seen in this
    // order.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return (used_flags_.get(0) & no_notification) == 0;
}

Result<std::optional<u16>> VirtQueue::take() {
    const u16 reached = used_flags_.get(index);
    if (reached == next_used_) return std::optional<u16>{};
    if (static_cast<u16>(reached - next_used_) > entries) return fail(Error::bad_format);
    std::atomic_thread_fence(std::memory_order_acquire);
    const u64 at = next_used_ % entries * u64{2};
    const u32 number = used_.get(at);
    const u32 written = used_.get(at + 1);
    if (number >= entries || !with_device_[number] || written > writable_[number])
        return fail(Error::bad_format);
    with_device_[number] = false;
    ++next_used_;
    return std::optional{static_cast<u16>(number)};
}

} // namespace pith::os::driver
