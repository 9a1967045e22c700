#pragma once

#include "kernel/memory/mapping.h"
#include "kernel/memory/page_table.h"

namespace pith::kernel {

/// What a process can touch. Mappings and page tables are paid by the process's budget. What is taken away
/// from it may still be known to other cores that have it loaded; they are asked to forget it at once, and
/// frames that come free meanwhile are not used before they have (Summons).
class AddressSpace {
  public:
    AddressSpace(Budget& budget, PageTable table) : budget_{budget}, table_{std::move(table)} {}
    AddressSpace(const AddressSpace&) = delete;
    ~AddressSpace();

    [[nodiscard]] PhysAddr root() const { return table_.root(); }

    /// Shows pages of `memory` from `offset` on in a free range. `bad_address`, `bad_argument` (beyond the
    /// object, write together with execute), `denied` (access that `allowed` lacks), `no_memory`.
    [[nodiscard]] Result<> map(Memory& memory, PageRange range, abi::Rights allowed, abi::Rights access,
                               PageCount offset = {});
    /// Takes away whatever is there. `no_memory` where a mapping would have to be split and cannot.
    [[nodiscard]] Result<> unmap(PageRange range);
    /// The range must be mapped whole.
    [[nodiscard]] Result<> protect(PageRange range, abi::Rights access);
    /// Takes away the mapping that starts here, if it shows this object.
    void unmap_if(const Memory& memory, VirtAddr start);

    /// Takes one mapping away; false when there are none. For taking the space apart in slices.
    bool unmap_one();
    /// What shows this address, or null.
    [[nodiscard]] const Mapping* mapping_at(VirtAddr address) const;
    [[nodiscard]] std::optional<Translation> query(VirtAddr address) const { return table_.query(address); }

  private:
    friend class Inspector;
    [[nodiscard]] static Result<> check(PageRange range);
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
    [[nodiscard]] Result<> map_range(Mapping& mapping, Protection protection, Cache cache);
    [[nodiscard]] Result<> split_at(VirtAddr address);
    void remove(Mapping& mapping);
    void flush(const FlushSet& pages);

    Budget& budget_;
    PageTable table_;
    Tree<Mapping, &Mapping::link> mappings_; // by address
};

} // namespace pith::kernel
