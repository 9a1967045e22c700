#pragma once

#include "abi/rights.h"
#include "base/address.h"
#include "base/list.h"
#include "base/tree.h"
#include "kernel/object/object.h"

namespace pith::kernel {

class AddressSpace;
class Budget;
class Memory;

struct PageRange {
    VirtAddr start{};
    PageCount count{};
    [[nodiscard]] VirtAddr end() const { return start + count; }
};

/// How a range is to be mapped.
struct View {
    abi::Rights allowed; ///< what the handle gave that it is mapped by: protect never goes beyond
    abi::Rights access;
    bool guarded = false; ///< touching what is not there is no fault for who has a recovery address
};

/// A range of pages that shows a part of a memory object. The page table is a cache of these. When the object
/// ends, the range stays, with nothing in it, until it is unmapped.
class Mapping {
  public:
    Mapping(Budget&, AddressSpace& space, Memory& memory, PageRange range, PageCount offset,
            View view); // object/memory.h
    /// Nothing, where something was.
    Mapping(AddressSpace& space, PageRange range, View view) : space{space}, range{range}, view{view} {}
    ~Mapping() { lose_memory(); }

    /// Whether it shows a page of its object, and where.
    [[nodiscard]] bool shows(u64 page) const {
        return page >= offset.raw && page - offset.raw < range.count.raw;
    }
    [[nodiscard]] VirtAddr address_of(u64 page) const { return range.start + pages(page - offset.raw); }
    [[nodiscard]] abi::Rights access() const { return view.access; }
    /// Tells the object who may write to it.
    void set_access(abi::Rights access);
    /// The object ends.
    void lose_memory();

    AddressSpace& space;
    Ref<Memory> memory; ///< null: it has ended
    PageRange range;
    PageCount offset; ///< of the range's start, in the object
    View view;
    PageCount lost{}; ///< pages from its start that it no longer shows, because the object is about to end
    TreeLink link;    ///< the space's, by address
    ListLink memory_link; ///< the object's
};

} // namespace pith::kernel
