#pragma once

#include "kernel/memory/mapping.h"
#include "kernel/memory/page_table.h"
#include "kernel/memory/port_table.h"
#include "kernel/object/memory.h"
#include "kernel/sched/effort.h"

namespace pith::kernel {

class Thread;

/// Whether a change of an address space is complete when the call returns. `under_way`: its owner, a thread,
/// has it done slice by slice, and gets the result then. `busy`: another one is under way; nothing was done.
enum class Progress : u8 { done, under_way, busy };

/// What a process can touch. Mappings and page tables are paid by the process's budget.
///
/// What takes longer than a slice is done in several, between which interrupts are let in: one change of a
/// space at a time. Whoever wants another one meanwhile does slices of that first, at its own priority, so
/// that nobody waits for a thread that does not get to run. Undoing what cannot be completed is a part of the
/// change. What is taken away may still be known to other cores that have the space loaded; they are asked to
/// forget it at once, and frames that come free meanwhile are not used before they have (Summons).
class AddressSpace {
  public:
    /// Pages that one slice deals with, or so much else as takes that long. Fewer than a large page has.
    static constexpr u64 slice = Effort::slice;

    AddressSpace(Budget& budget, PageTable table);
    AddressSpace(const AddressSpace&) = delete;
    ~AddressSpace();

    [[nodiscard]] PhysAddr root() const { return table_.root(); }

    /// Shows pages of `memory` from `offset` on in a free range. `bad_address`, `bad_argument` (beyond the
    /// object, write together with execute), `denied` (access that `allowed` lacks, writing to what is
    /// sealed), `wrong_state` (the object has ended), `no_memory`. A single page is mapped at once, even
    /// while something else is under way.
    [[nodiscard]] Result<Progress> map(Memory& memory, PageRange range, View view, PageCount offset = {},
                                       Thread* owner = nullptr);
    /// The same for a single page.
    [[nodiscard]] Result<> map_page(Memory& memory, VirtAddr page, const View& view, u64 in_memory);
    /// Takes away whatever is there. `no_memory` where a mapping would have to be split and cannot.
    [[nodiscard]] Result<Progress> unmap(PageRange range, Thread* owner = nullptr);
    /// The range must be mapped whole.
    [[nodiscard]] Result<Progress> protect(PageRange range, abi::Rights access, Thread* owner = nullptr);
    /// Takes a slice of the pages of a mapping whose object ends; true when it shows nothing any more. Not
    /// while a change is under way.
    bool lose(Mapping& mapping);
    /// Whether the thread, which has touched a page that is not there or not to be touched so, can go on: the
    /// page is there now, or the thread is at its recovery address.
    [[nodiscard]] bool resolve(Thread& thread, VirtAddr address, u64 error);
    // For the kinds of objects that bring their pages themselves (Backing), of a page that a mapping shows.
    void forget(VirtAddr page) { clear({page, pages(1)}); }
    [[nodiscard]] bool take_dirty(VirtAddr page);
    void replace(VirtAddr page, PhysAddr frame);

    /// Its threads may use these I/O ports from now on; on other cores as soon as these have answered
    /// (Summons). `no_memory`.
    [[nodiscard]] Result<> allow_ports(u32 first, u32 count);
    /// None any more. No core has the space loaded.
    void deny_ports() { ports_.give_back(); }

    /// Takes away the mapping that starts here, if it shows this object. For single pages.
    void unmap_if(const Memory& memory, VirtAddr start);

    /// Whether a change is under way, and whose.
    [[nodiscard]] bool busy() const { return change_.kind != Change::Kind::none; }
    /// Its next slice; the last one tells the owner.
    void step();
    /// Its owner ends: it is completed all the same.
    void forget_owner() { change_.owner = nullptr; }

    [[nodiscard]] bool empty() const { return mappings_.empty() && !busy(); }
    /// Takes a slice of the space apart; false when nothing was left.
    bool take_apart();
    /// What shows this address, or null.
    [[nodiscard]] const Mapping* mapping_at(VirtAddr address) const;
    [[nodiscard]] std::optional<Translation> query(VirtAddr address) const { return table_.query(address); }

  private:
    friend class Inspector;

    /// A change that is under way.
    struct Change {
        enum class Kind : u8 {
            none,
            map,       ///< fills the page table for `mapping`, from `next` on
            take_back, ///< ... which failed: empties it up to `end`; then the mapping goes
            unmap,     ///< takes away what is mapped from `next` on
            check,     ///< whether all from `next` on may get `access`
            protect,   ///< gives it to them
        };
        Kind kind = Kind::none;
        Error error{}; ///< take_back: why
        abi::Rights access{};
        VirtAddr start{}, next{}, end{};
        Mapping* mapping = nullptr;
        Thread* owner = nullptr;
    };
    using Outcome = std::optional<Result<>>; ///< nothing: goes on

    [[nodiscard]] static Result<> check(PageRange range);
    [[nodiscard]] static Result<Protection> checked_protection(const View& view, const Memory* memory,
                                                               abi::Rights access);
    /// The mapping that is just this page, or null.
    [[nodiscard]] Mapping* single_page(PageRange range) const {
        Mapping* mapping = mappings_.find_last(
            [start = range.start](const Mapping& other) { return other.range.start <= start; });
        const bool is_it = mapping && range.count.raw == 1 && mapping->range.count.raw == 1 &&
                           mapping->range.start == range.start;
        return is_it ? mapping : nullptr;
    }
    /// The mapping of an address, or the first one behind it.
    [[nodiscard]] Mapping* first_behind(VirtAddr address) const;
    [[nodiscard]] Result<> split_at(VirtAddr address);
    void remove(Mapping& mapping);
    void flush(const FlushSet& pages);
    void flush_page(VirtAddr page);
    [[nodiscard]] Result<> fill(const Mapping& mapping, PageRange range);
    void clear(PageRange range);
    [[nodiscard]] bool bring(Mapping& mapping, VirtAddr page, abi::Rights access);
    void change_protection(PageRange range, Protection protection);
    /// Whether a mapping can get this access.
    [[nodiscard]] static bool may_have(const View& view, const Memory* memory, abi::Rights access) {
        if (!view.allowed.has(access)) return false;
        return !access.has(abi::rights::memory::write) || !memory || !memory->sealed;
    }
    void unmap_front(Mapping& mapping, PageCount count);
    /// Whether pages of 2 MiB may be among those of the mapping.
    [[nodiscard]] static bool may_have_large(const Mapping& mapping) {
        return mapping.memory && mapping.range.count >= pages_in(PageSize::large) &&
               mapping.memory->has_pieces();
    }
    /// So much of a mapping, from there on, as a change deals with at a time: `most` pages, or one of 2 MiB.
    [[nodiscard]] PageCount part_of(const Mapping& mapping, VirtAddr from, u64 most) const;
    /// What is to be filled next of a mapping: the same.
    [[nodiscard]] static PageCount part_to_fill(const Mapping& mapping, VirtAddr from, u64 most);

    [[nodiscard]] Result<Progress> begin(const Change& change, Thread* owner);
    [[nodiscard]] Outcome advance();
    [[nodiscard]] Outcome advance_map();
    [[nodiscard]] Outcome advance_take_back();
    [[nodiscard]] Outcome advance_unmap();
    [[nodiscard]] Outcome advance_check();
    [[nodiscard]] Outcome advance_protect();
    void end_change();
    [[nodiscard]] Effort& effort() const;

    Budget& budget_;
    PageTable table_;
    PortTable ports_;
    Tree<Mapping, &Mapping::link> mappings_; // by address
    Change change_;
};

} // namespace pith::kernel
