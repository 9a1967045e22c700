#pragma once

#include "abi/rights.h"
#include "base/address.h"
#include "base/list.h"
#include "base/tree.h"
#include "kernel/object/object.h"

namespace pith::kernel {

class AddressSpace;
class Memory;

struct PageRange {
    VirtAddr start{};
    PageCount count{};
    [[nodiscard]] VirtAddr end() const { return start + count; }
};

/// A range of pages that shows a part of a memory object. The page table is a cache of these.
class Mapping {
  public:
    Mapping(Budget&, AddressSpace& space, Memory& memory, PageRange range, PageCount offset,
            abi::Rights allowed, abi::Rights access); // object/memory.h
    ~Mapping() { memory_link.unlink(); }

    AddressSpace& space;
    Ref<Memory> memory;
    PageRange range;
    PageCount offset;    ///< of the range's start, in the object
    abi::Rights allowed; ///< what the handle gave that it was mapped by: protect never goes beyond
    abi::Rights access;
    TreeLink link;        ///< the space's, by address
    ListLink memory_link; ///< the object's
};

} // namespace pith::kernel
