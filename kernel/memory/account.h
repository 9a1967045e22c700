#pragma once

#include "base/list.h"
#include "kernel/memory/frame_allocator.h"

namespace pith::kernel {

class Marks;
class Surpluses;

/// What pays: so many frames may be taken, counted one by one. `used` never exceeds `limit`. A child's limit
/// is reserved at its lender when it is made and goes back there with its end, so children never exceed the
/// parent.
///
/// A closed account lends and gives nothing more. Every frame that it gets back goes to its lender at once;
/// from there, if that is closed, too, with all others that have come by then (Surpluses).
///
/// Must outlive what it pays for; it ends with nothing in use.
class Account {
  public:
    /// `limit` has been reserved on the lender, where there is one.
    Account(FrameAllocator& allocator, FrameAccess access, PageCount limit, Account* lender = nullptr)
        : allocator_{allocator}, access_{access}, limit_{limit}, lender_{lender}, marked_at_{limit} {}
    ~Account();
    Account(const Account&) = delete;
    Account& operator=(const Account&) = delete;

    /// Counts frames as used that somebody else will take (a child's share). `no_memory` beyond the limit.
    [[nodiscard]] Result<> reserve(PageCount count);
    void release(PageCount count);

    /// One frame, charged; content undefined.
    [[nodiscard]] Result<PhysAddr> take_frame();
    [[nodiscard]] Result<PhysAddr> take_zeroed_frame();
    /// 2^order frames side by side, which are given back one by one; content undefined.
    [[nodiscard]] Result<PhysAddr> take_frames(unsigned order);
    void give_frame(PhysAddr frame);
    /// One that holds nothing but zeros.
    void give_zeroed_frame(PhysAddr frame);

    [[nodiscard]] PageCount limit() const { return limit_; }
    [[nodiscard]] PageCount used() const { return used_; }
    /// Of `used`: what `reserve` counted.
    [[nodiscard]] PageCount reserved() const { return reserved_; }
    [[nodiscard]] PageCount available() const { return limit_ - used_; }
    [[nodiscard]] FrameAllocator& allocator() const { return allocator_; }
    [[nodiscard]] FrameAccess access() const { return access_; }
    /// Where its limit is reserved; null: nowhere.
    [[nodiscard]] const Account* lender() const { return lender_; }

    /// Another limit, taken from the lender or given back to it. `wrong_state` below what is used, and of a
    /// closed one; `no_memory` where the lender has too little.
    [[nodiscard]] Result<> resize(PageCount limit);
    /// Gives the whole limit back: it is about to end.
    void give_back();
    /// Once: from now on it only shrinks. If its lender is closed, its limit is reserved at that one's lender
    /// instead, so that a frame has one way to go however deep accounts are nested; but where the lender is
    /// the `outermost` to be closed, with which it began.
    void close(const Account& outermost, Surpluses& surpluses);
    [[nodiscard]] bool closed() const { return surpluses_ != nullptr; }
    /// It is closed, and its lender gets what others have given back.
    void hand_on() { shrink(available()); }
    [[nodiscard]] bool has_surplus() const { return surplus_link.linked(); }

    /// As soon as less than `below` is available, `marks` hears of it, once.
    void watch(Marks& marks, PageCount below);
    void unwatch();
    /// How much it is; nothing: nobody waits for that.
    [[nodiscard]] PageCount watched_below() const { return marks_ ? below_ : PageCount{}; }

    /// The same memory, seen elsewhere from now on (boot). No slab has been made yet.
    void relocate(FrameAccess access) { access_ = access; }

    ListLink mark_link;    ///< of Marks: has fallen below
    ListLink surplus_link; ///< of Surpluses: closed, and has something to hand on

  private:
    [[nodiscard]] Result<> check_room();
    void note_given();
    void shrink(PageCount count);
    void note_mark();
    void set_mark();

    FrameAllocator& allocator_;
    FrameAccess access_;
    PageCount limit_;
    PageCount used_{};
    PageCount reserved_{};
    Account* lender_;
    PageCount marked_at_; ///< using more than this is worth a look: the limit, or before it the mark
    PageCount below_{};   ///< the mark, while `marks_` is there
    Marks* marks_ = nullptr;
    Surpluses* surpluses_ = nullptr; ///< it is closed; null: it is not
};

} // namespace pith::kernel
