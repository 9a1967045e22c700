#pragma once

#include "abi/rights.h"
#include "base/list.h"
#include "kernel/memory/page_table.h"
#include "kernel/object/memory.h"

namespace pith::kernel {

struct PageRange {
    VirtAddr start{};
    PageCount count{};
    [[nodiscard]] VirtAddr end() const { return start + count; }
};

/// A range of pages that shows a part of a memory object. The page table is a cache of these.
class Mapping {
  public:
    Mapping(Budget&, Ref<Memory> memory, PageRange range, PageCount offset, abi::Rights allowed,
            abi::Rights access)
        : memory{std::move(memory)}, range{range}, offset{offset}, allowed{allowed}, access{access} {}

    Ref<Memory> memory;
    PageRange range;
    PageCount offset;    ///< of the range's start, in the object
    abi::Rights allowed; ///< what the handle gave that it was mapped by: protect never goes beyond
    abi::Rights access;
    ListLink link;
};

/// What a process can touch. Mappings and page tables are paid by the process's budget. No core but the
/// calling one has run in the space since it was last flushed there.
class AddressSpace {
  public:
    AddressSpace(Budget& budget, PageTable table) : budget_{budget}, table_{std::move(table)} {}
    AddressSpace(const AddressSpace&) = delete;
    ~AddressSpace();

    [[nodiscard]] PhysAddr root() const { return table_.root(); }

    /// Shows pages of `memory` from `offset` on in a free range. `bad_address`, `bad_argument` (beyond the
    /// object, write together with execute), `denied` (access that `allowed` lacks), `no_memory`.
    [[nodiscard]] Result<> map(Ref<Memory> memory, PageRange range, abi::Rights allowed, abi::Rights access,
                               PageCount offset = {});
    /// Takes away whatever is there. `no_memory` where a mapping would have to be split and cannot.
    [[nodiscard]] Result<> unmap(PageRange range);
    /// The range must be mapped whole.
    [[nodiscard]] Result<> protect(PageRange range, abi::Rights access);
    /// Takes away the mapping that starts here, if it shows this object.
    void unmap_if(const Memory& memory, VirtAddr start);

    /// Takes one mapping away; false when there are none. For taking the space apart in slices.
    bool unmap_one();
    [[nodiscard]] std::optional<Translation> query(VirtAddr address) const { return table_.query(address); }

  private:
    friend class Inspector;
    [[nodiscard]] static Result<> check(PageRange range);
    [[nodiscard]] Result<Mapping*> add(Ref<Memory> memory, PageRange range, PageCount offset,
                                       abi::Rights allowed, abi::Rights access, Mapping* before);
    [[nodiscard]] Mapping* first_behind(VirtAddr address) const;
    [[nodiscard]] Result<> split_at(VirtAddr address);
    void remove(Mapping& mapping);
    void flush(const FlushSet& pages);

    Budget& budget_;
    PageTable table_;
    List<Mapping, &Mapping::link> mappings_; // by address
};

} // namespace pith::kernel
