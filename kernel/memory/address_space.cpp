#include "kernel/memory/address_space.h"

#include "abi/syscalls.h"
#include "kernel/kernel.h"
#include "kernel/object/budget.h"

namespace pith::kernel {

namespace {

/// What the page table shall say, or why it shall not.
Result<Protection> checked_protection(abi::Rights allowed, abi::Rights access) {
    const Protection protection = TRY(protection_for(access));
    if (!allowed.has(access)) return fail(Error::denied);
    return protection;
}

} // namespace

AddressSpace::~AddressSpace() {
    while (unmap_one()) {
    }
}

Result<> AddressSpace::check(PageRange range) {
    if (!is_page_aligned(range.start) || range.count.raw == 0) return fail(Error::bad_address);
    const u64 user_pages = (abi::user_end - abi::user_start) / page_size;
    if (range.start < abi::user_start || range.start >= abi::user_end) return fail(Error::bad_address);
    if (range.count.raw > user_pages - (range.start - abi::user_start) / page_size)
        return fail(Error::bad_address);
    return {};
}

Mapping* AddressSpace::first_behind(VirtAddr address) const {
    for (Mapping& mapping : mappings_)
        if (mapping.range.end() > address) return &mapping;
    return nullptr;
}

Result<Mapping*> AddressSpace::add(Ref<Memory> memory, PageRange range, PageCount offset, abi::Rights allowed,
                                   abi::Rights access, Mapping* before) {
    Mapping* mapping =
        TRY(budget_.mappings().make(budget_, std::move(memory), range, offset, allowed, access));
    if (before)
        mappings_.insert_before(*before, *mapping);
    else
        mappings_.push_back(*mapping);
    return mapping;
}

void AddressSpace::remove(Mapping& mapping) {
    mappings_.remove(mapping);
    Slab<Mapping>::destroy(&mapping);
}

Result<> AddressSpace::map(Ref<Memory> memory, PageRange range, abi::Rights allowed, abi::Rights access,
                           PageCount offset) {
    TRY(check(range));
    const Protection protection = TRY(checked_protection(allowed, access));
    if (!within(offset.raw, range.count.raw, memory->size().raw)) return fail(Error::bad_argument);
    Mapping* behind = first_behind(range.start);
    if (behind && behind->range.start < range.end()) return fail(Error::bad_address);

    const Memory& shown = *memory;
    const Cache cache = shown.is_device() ? Cache::uncached : Cache::normal;
    Mapping* mapping = TRY(add(std::move(memory), range, offset, allowed, access, behind));
    auto mapped = table_.map_each(range.start, range.count, protection, cache,
                                  [&](u64 page) { return shown.frame(offset.raw + page); });
    if (!mapped) remove(*mapping);
    return mapped;
}

Result<> AddressSpace::split_at(VirtAddr address) {
    Mapping* mapping = first_behind(address);
    if (!mapping || mapping->range.start >= address) return {};
    const PageCount before = pages((address - mapping->range.start) / page_size);
    const PageRange tail{address, mapping->range.count - before};
    Mapping* next = mappings_.next(*mapping);
    TRY(add(mapping->memory, tail, mapping->offset + before, mapping->allowed, mapping->access, next));
    mapping->range.count = before;
    return {};
}

Result<> AddressSpace::unmap(PageRange range) {
    TRY(check(range));
    TRY(split_at(range.start));
    TRY(split_at(range.end()));
    {
        const Unmapped unmapped = TRY(table_.unmap(range.start, range.count));
        flush(unmapped.flush); // before the tables go back
    }
    while (Mapping* mapping = first_behind(range.start)) {
        if (mapping->range.start >= range.end()) break;
        remove(*mapping);
    }
    return {};
}

Result<> AddressSpace::protect(PageRange range, abi::Rights access) {
    TRY(check(range));
    VirtAddr reached = range.start;
    for (Mapping* mapping = first_behind(range.start); mapping && reached < range.end();
         mapping = mappings_.next(*mapping)) {
        if (mapping->range.start > reached) break; // a hole
        TRY(checked_protection(mapping->allowed, access));
        reached = mapping->range.end();
    }
    if (reached < range.end()) return fail(Error::bad_address);
    TRY(split_at(range.start));
    TRY(split_at(range.end()));
    const Protection protection = TRY(protection_for(access));
    flush(TRY(table_.protect(range.start, range.count, protection)));
    for (Mapping* mapping = first_behind(range.start); mapping && mapping->range.start < range.end();
         mapping = mappings_.next(*mapping))
        mapping->access = access;
    return {};
}

void AddressSpace::unmap_if(const Memory& memory, VirtAddr start) {
    Mapping* mapping = first_behind(start);
    if (!mapping || mapping->range.start != start || mapping->memory.get() != &memory) return;
    const PageRange range = mapping->range;
    {
        // A range that one mapping covers is never refused.
        const auto unmapped = table_.unmap(range.start, range.count);
        if (!unmapped) panic("a mapping cannot be unmapped");
        flush(unmapped->flush);
    }
    remove(*mapping);
}

bool AddressSpace::unmap_one() {
    Mapping* mapping = mappings_.front();
    if (!mapping) return false;
    const Ref<Memory> memory = mapping->memory;
    unmap_if(*memory, mapping->range.start);
    return true;
}

void AddressSpace::flush(const FlushSet& pages_changed) {
    if (pages_changed.empty()) return;
    constexpr u64 one_by_one = 32; // beyond, forgetting everything is cheaper
    Machine& machine = budget_.owner().machine();
    if (pages_changed.count.raw > one_by_one) return machine.flush_space(root());
    for (u64 page = 0; page < pages_changed.count.raw; ++page)
        machine.flush_page(root(), pages_changed.start + pages(page));
}

} // namespace pith::kernel
