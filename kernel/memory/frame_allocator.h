#pragma once

#include "base/result.h"
#include "kernel/memory/frame_access.h"

#include <array>
#include <span>

namespace pith::kernel {

/// What the allocator keeps of one frame. All zero is valid: a frame that nobody added. Only the first frame
/// of a block says anything; the block's other records are `inside`.
struct FrameRecord {
    enum class State : u8 { inside = 0, free = 1, used = 2, held = 3, aside = 4 };

    u32 next, previous; ///< in the list of free blocks of one order, while free; held: the next one, a number
    u32 sharers;        ///< of a used frame: who else uses it, but the first
    State state;
    u8 order;
    u8 poisoned; ///< this one frame (not its block) is free and was filled with the pattern
};
static_assert(sizeof(FrameRecord) <= 16);

/// Buddy allocator: blocks of 2^order frames, aligned to their size. All links lie in the records, so the
/// frames themselves are not touched (except to poison them), and adding memory costs a few steps a block.
/// A few single frames, those that were freed last, are kept aside, to be used again without joining
/// neighbours and parting from them; of some it is known that they hold nothing but zeros, as an emptied page
/// table does.
///
/// Freeing what is not used, or with another order than it was taken with, is a broken kernel and a panic. In
/// builds with PITH_POISON (all host builds), free frames are filled with a pattern, which is checked when
/// they are used again.
class FrameAllocator {
  public:
    static constexpr unsigned max_order = 18; ///< 1 GiB
    static constexpr unsigned orders = max_order + 1;

    struct Statistics {
        PageCount total{}; ///< added so far
        PageCount free{};
        std::array<u64, orders> free_blocks{}; ///< of each order
    };

    /// `records[n]` is of the frame at n * 4096. All records are zero.
    FrameAllocator(FrameAccess access, std::span<FrameRecord> records);
    FrameAllocator(const FrameAllocator&) = delete;
    FrameAllocator& operator=(const FrameAllocator&) = delete;

    /// A range of RAM that nobody uses; each frame at most once, and within what the records cover.
    void add(PhysAddr base, PageCount count);

    /// 2^order frames, content undefined.
    [[nodiscard]] Result<PhysAddr> allocate(unsigned order = 0);
    void free(PhysAddr base, unsigned order = 0);
    /// The same for single frames that hold nothing but zeros.
    [[nodiscard]] Result<PhysAddr> allocate_zeroed();
    void free_zeroed(PhysAddr frame);
    /// What is kept aside joins its neighbours: done for a block that is missing, too.
    void gather();
    /// 2^order frames side by side, aligned to their size, each of which is freed by itself. Does not wait
    /// for what was held back.
    [[nodiscard]] Result<PhysAddr> allocate_apart(unsigned order);

    /// Blocks that are freed from now on are free, but are not used before `let_go` of this number, which
    /// never decreases until all are let go: somebody may still know where they were mapped.
    void hold_back(u32 number) { holding_ = number; }
    /// Those held back behind this number or a smaller one may be used.
    void let_go(u32 number);
    /// Whether blocks were let go and not yet made ready to be used.
    [[nodiscard]] bool has_returned() const { return returned_.first != none; }
    /// Makes some of these ready; it is done for what is missing, too.
    void accept_returned(u32 most);
    /// One more uses a frame: it is freed by the last one.
    void share(PhysAddr frame) { ++used_record(frame).sharers; }
    /// One less. Whether nobody else does: then the caller frees it.
    [[nodiscard]] bool unshare(PhysAddr frame) {
        FrameRecord& record = used_record(frame);
        if (record.sharers == 0) return true;
        --record.sharers;
        return false;
    }

    [[nodiscard]] Statistics statistics() const;
    [[nodiscard]] FrameAccess access() const { return access_; }

    /// The same memory and the same records, seen at other addresses from now on (boot: from the loader's
    /// mappings to the kernel's own).
    void relocate(FrameAccess access, std::span<FrameRecord> records);

  private:
    friend class Inspector;
    static constexpr u32 none = ~u32{0};

    /// Blocks in the order in which they were freed, linked by their records.
    struct Queue {
        u32 first = none, last = none;
    };
    void append(Queue& queue, u32 frame);
    u32 take_first(Queue& queue);

    /// Single frames that are free, in no block. The last one is used first.
    struct Aside {
        std::array<u32, 16> frames{};
        u32 count = 0;
        [[nodiscard]] bool full() const { return count == frames.size(); }
    };
    void keep(Aside& aside, u32 frame);
    [[nodiscard]] PhysAddr take(Aside& aside);
    [[nodiscard]] bool has_aside() const { return aside_.count + zeroed_.count != 0; }

    [[nodiscard]] FrameRecord& used_record(PhysAddr frame);
    void check_not_added(u32 frame) const;
    void give(u32 frame);
    void put(u32 frame, unsigned order);
    [[gnu::always_inline]] void link(u32 frame, unsigned order);
    [[gnu::always_inline]] void unlink(u32 frame, unsigned order);
    [[nodiscard]] bool is_free_block(u32 frame, unsigned order) const;
    void fill(u32 frame, unsigned order);
    void check_filling(u32 frame, unsigned order);
    void check_zeros(u32 frame) const;

    FrameAccess access_;
    std::span<FrameRecord> records_;
    std::array<u32, orders> first_free_;
    std::array<u64, orders> free_blocks_{};
    u32 orders_with_blocks_ = 0; ///< bit n: there is a free block of order n
    u64 total_ = 0, free_ = 0;
    u32 holding_ = 0; ///< the number behind which freed blocks are held back; 0: none
    Queue held_, returned_;
    Aside aside_, zeroed_;
};

} // namespace pith::kernel
