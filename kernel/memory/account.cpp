#include "kernel/memory/account.h"

#include "base/panic.h"
#include "kernel/memory/marks.h"
#include "kernel/memory/surpluses.h"

#include <algorithm>

namespace pith::kernel {

Account::~Account() {
    unwatch();
    surplus_link.unlink();
    require(used_.raw == 0, "an account ends while something is charged to it");
}

Result<> Account::reserve(PageCount count) {
    if (count > available()) return fail(Error::no_memory); // so the sum cannot wrap
    used_ += count;
    reserved_ += count;
    if (used_ > marked_at_) note_mark();
    return {};
}

void Account::release(PageCount count) {
    require(count <= reserved_, "an account gets back more than it gave");
    reserved_ -= count;
    used_ -= count;
    if (surpluses_ && available().raw > 0 && !has_surplus()) surpluses_->add(*this);
}

Result<> Account::check_room() {
    if (used_ < marked_at_) return {};
    if (used_ == limit_) return fail(Error::no_memory);
    note_mark();
    return {};
}

Result<PhysAddr> Account::take_frame() {
    TRY(check_room());
    const PhysAddr frame = TRY(allocator_.allocate());
    used_ += pages(1);
    return frame;
}

Result<PhysAddr> Account::take_zeroed_frame() {
    TRY(check_room());
    const PhysAddr frame = TRY(allocator_.allocate_zeroed());
    used_ += pages(1);
    return frame;
}

Result<PhysAddr> Account::take_frames(unsigned order) {
    const PageCount count = pages(u64{1} << order);
    if (count > available()) return fail(Error::no_memory);
    const PhysAddr frames = TRY(allocator_.allocate_apart(order));
    used_ += count;
    if (used_ > marked_at_) note_mark();
    return frames;
}

void Account::give_frame(PhysAddr frame) {
    note_given();
    allocator_.free(frame);
    if (closed()) shrink(pages(1));
}

void Account::give_zeroed_frame(PhysAddr frame) {
    note_given();
    allocator_.free_zeroed(frame);
    if (closed()) shrink(pages(1));
}

void Account::note_given() {
    require(reserved_ < used_, "an account gets back more than it gave");
    used_ -= pages(1);
}

/// What came back to a closed account is its lender's.
void Account::shrink(PageCount count) {
    limit_ -= count;
    set_mark();
    if (lender_) lender_->release(count);
}

Result<> Account::resize(PageCount limit) {
    if (closed() || !lender_ || limit < used_) return fail(Error::wrong_state);
    if (limit > limit_)
        TRY(lender_->reserve(limit - limit_));
    else
        lender_->release(limit_ - limit);
    limit_ = limit;
    set_mark();
    return {};
}

void Account::give_back() {
    if (lender_) lender_->release(limit_);
    limit_ = {};
}

void Account::close(const Account& outermost, Surpluses& surpluses) {
    unwatch();
    if (lender_ && lender_ != &outermost && lender_->closed()) {
        Account& before = *lender_;
        before.reserved_ -= limit_;
        before.used_ -= limit_;
        before.limit_ -= limit_;
        before.set_mark();
        lender_ = before.lender_; // where the limit of `before` was reserved, with this one in it
    }
    surpluses_ = &surpluses;
    hand_on();
}

void Account::watch(Marks& marks, PageCount below) {
    unwatch();
    marks_ = &marks;
    below_ = below;
    set_mark();
}

void Account::unwatch() {
    mark_link.unlink();
    marks_ = nullptr;
    set_mark();
}

/// After a change of the limit or the mark.
void Account::set_mark() {
    marked_at_ = marks_ ? limit_ - std::min(limit_, below_) : limit_;
    if (marks_ && used_ > marked_at_) note_mark();
}

void Account::note_mark() {
    marked_at_ = limit_;
    if (Marks* marks = std::exchange(marks_, nullptr)) marks->add(*this);
}

} // namespace pith::kernel
