#include "kernel/memory/account.h"

#include "base/panic.h"

#include <cstring>

namespace pith::kernel {

Account::~Account() { require(used_.raw == 0, "an account ends while something is charged to it"); }

Result<> Account::reserve(PageCount count) {
    if (count > available()) return fail(Error::no_memory); // so the sum cannot wrap
    used_ += count;
    reserved_ += count;
    return {};
}

void Account::release(PageCount count) {
    require(count <= reserved_, "an account gets back more than it gave");
    reserved_ -= count;
    used_ -= count;
}

Result<PhysAddr> Account::take_frame() {
    if (used_ == limit_) return fail(Error::no_memory);
    const PhysAddr frame = TRY(allocator_.allocate());
    used_ += pages(1);
    return frame;
}

Result<PhysAddr> Account::take_zeroed_frame() {
    const PhysAddr frame = TRY(take_frame());
    std::memset(access_(frame), 0, page_size);
    return frame;
}

void Account::give_frame(PhysAddr frame) {
    require(reserved_ < used_, "an account gets back more than it gave");
    used_ -= pages(1);
    allocator_.free(frame);
}

} // namespace pith::kernel
