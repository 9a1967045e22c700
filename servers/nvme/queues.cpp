#include "servers/nvme/queues.h"

#include <atomic>
#include <cstring>

namespace pith::os::nvme {

void Queues::put(const Command& command) {
    std::memcpy(memory_.data() + tail_ * sizeof command, &command, sizeof command);
    tail_ = static_cast<u16>((tail_ + 1) % entries);
    with_device_[command.number] = true;
    std::atomic_thread_fence(std::memory_order_release);
}

Result<std::optional<Queues::End>> Queues::take() {
    const u32 last = ends_.get(head_ * u64{4} + 3); // number, phase, status
    if ((last >> 16 & 1) != phase_) return std::optional<End>{};
    std::atomic_thread_fence(std::memory_order_acquire);
    const End end{static_cast<u16>(last), static_cast<u16>(last >> 17)};
    if (end.number >= entries || !with_device_[end.number]) return fail(Error::bad_format);
    with_device_[end.number] = false;
    head_ = static_cast<u16>((head_ + 1) % entries);
    if (head_ == 0) phase_ ^= 1;
    ended_.write<Doorbell>(head_);
    return std::optional{end};
}

} // namespace pith::os::nvme
