#include "kernel/memory/table_frames.h"

#include "base/panic.h"
#include "kernel/memory/frame_pointer.h"

namespace pith::kernel {

namespace {

/// The first word of a frame on the list names the next frame; bit 0 of it, "present", is never set.
[[nodiscard]] PhysAddr& link_in(Account& account, PhysAddr table) {
    return *frame_as<PhysAddr>(account, table);
}

} // namespace

Result<> TableFrames::take(u64 count) {
    TableFrames taken{*account_};
    for (; count > 0; --count)
        taken.push(TRY(account_->take_zeroed_frame()));
    while (taken.size_ > 0)
        push(taken.pop());
    return {};
}

void TableFrames::push(PhysAddr table) {
    link_in(*account_, table) = first_;
    first_ = table;
    ++size_;
}

PhysAddr TableFrames::pop() {
    require(size_ > 0, "too few page tables were taken in advance");
    --size_;
    return std::exchange(first_, std::exchange(link_in(*account_, first_), {}));
}

void TableFrames::give_back() {
    while (size_ > 0)
        account_->give_zeroed_frame(pop());
}

} // namespace pith::kernel
