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
    constexpr u64 user_pages = (abi::user_end - abi::user_start) / page_size;
    if (!is_page_aligned(range.start) || range.count.raw - 1 >= user_pages) return fail(Error::bad_address);
    if (range.start < abi::user_start || range.start >= abi::user_end || range.end() > abi::user_end)
        return fail(Error::bad_address);
    return {};
}

Mapping* AddressSpace::first_behind(VirtAddr address) const {
    const auto gap =
        mappings_.find_gap([address](const Mapping& mapping) { return mapping.range.start <= address; });
    return gap.before && gap.before->range.end() > address ? gap.before : gap.behind;
}

const Mapping* AddressSpace::mapping_at(VirtAddr address) const {
    const Mapping* mapping = first_behind(address);
    return mapping && mapping->range.start <= address ? mapping : nullptr;
}

void AddressSpace::remove(Mapping& mapping) {
    mappings_.remove(mapping);
    Slab<Mapping>::destroy(&mapping);
}

Result<> AddressSpace::map(Memory& memory, PageRange range, abi::Rights allowed, abi::Rights access,
                           PageCount offset) {
    TRY(check(range));
    const Protection protection = TRY(checked_protection(allowed, access));
    if (!within(offset.raw, range.count.raw, memory.size().raw)) return fail(Error::bad_argument);
    const auto gap = mappings_.find_gap(
        [start = range.start](const Mapping& mapping) { return mapping.range.start < start; });
    if (gap.before && gap.before->range.end() > range.start) return fail(Error::bad_address);
    if (gap.behind && gap.behind->range.start < range.end()) return fail(Error::bad_address);

    Mapping* mapping = TRY(budget_.mappings().make(budget_, *this, memory, range, offset, allowed, access));
    const Cache cache = memory.is_device() ? Cache::uncached : Cache::normal;
    const bool done =
        range.count.raw == 1 && table_.map_page(range.start, memory.frame(offset.raw), protection, cache);
    if (!done) [[unlikely]]
        TRY(map_range(*mapping, protection, cache));
    mappings_.insert(*mapping, gap.place);
    return {};
}

/// Fills the page table for a new mapping, which goes if that cannot be.
Result<> AddressSpace::map_range(Mapping& mapping, Protection protection, Cache cache) {
    auto mapped = table_.map_each(mapping.range.start, mapping.range.count, protection, cache,
                                  [&](u64 page) { return mapping.memory->frame(mapping.offset.raw + page); });
    if (!mapped) Slab<Mapping>::destroy(&mapping);
    return mapped;
}

Result<> AddressSpace::split_at(VirtAddr address) {
    Mapping* mapping = first_behind(address);
    if (!mapping || mapping->range.start >= address) return {};
    const PageCount before = pages((address - mapping->range.start) / page_size);
    const PageRange rest{address, mapping->range.count - before};
    Mapping* tail = TRY(budget_.mappings().make(budget_, *this, *mapping->memory, rest,
                                                mapping->offset + before, mapping->allowed, mapping->access));
    mappings_.insert_behind(*mapping, *tail);
    mapping->range.count = before;
    return {};
}

Result<> AddressSpace::unmap(PageRange range) {
    TRY(check(range));
    if (Mapping* mapping = single_page(range); mapping && table_.unmap_page(range.start)) {
        flush({range.start, range.count});
        remove(*mapping);
        return {};
    }
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
    if (Mapping* mapping = single_page(range)) {
        const Protection protection = TRY(checked_protection(mapping->allowed, access));
        if (table_.protect_page(range.start, protection)) {
            flush({range.start, range.count});
            mapping->access = access;
            return {};
        }
    }
    VirtAddr reached = range.start;
    for (Mapping* mapping = first_behind(range.start); mapping && reached < range.end();
         mapping = decltype(mappings_)::next(*mapping)) {
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
         mapping = decltype(mappings_)::next(*mapping))
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
    budget_.owner().summons().flush_elsewhere(root());
    constexpr u64 one_by_one = 32; // beyond, forgetting everything is cheaper
    Machine& machine = budget_.owner().machine();
    if (pages_changed.count.raw > one_by_one) return machine.flush_space(root());
    for (u64 page = 0; page < pages_changed.count.raw; ++page)
        machine.flush_page(root(), pages_changed.start + pages(page));
}

} // namespace pith::kernel
