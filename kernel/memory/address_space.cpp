#include "kernel/memory/address_space.h"

#include "abi/syscalls.h"
#include "kernel/kernel.h"
#include "kernel/object/budget.h"

namespace pith::kernel {

AddressSpace::AddressSpace(Budget& budget, PageTable table)
    : budget_{budget}, table_{std::move(table)}, ports_{budget.account(), root()} {}

void AddressSpace::flush_page(VirtAddr page) {
    Kernel& kernel = budget_.owner();
    if (kernel.core_count() > 1) kernel.summons().flush_elsewhere(root());
    kernel.machine().flush_page(root(), page);
}

void AddressSpace::remove(Mapping& mapping) {
    mappings_.remove(mapping);
    Slab<Mapping>::destroy(&mapping);
}

AddressSpace::~AddressSpace() {
    while (take_apart()) {
    }
}

/// What the page table shall say, or why it shall not.
Result<Protection> AddressSpace::checked_protection(const View& view, const Memory* memory,
                                                    abi::Rights access) {
    const Protection protection = TRY(protection_for(access));
    if (!may_have(view, memory, access)) return fail(Error::denied);
    return protection;
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

/// Fills the page table for a part of a mapping.
Result<> AddressSpace::fill(const Mapping& mapping, PageRange range) {
    const Memory& memory = *mapping.memory;
    if (memory.backing()) return {}; // when it is touched
    const u64 first = mapping.offset.raw + (range.start - mapping.range.start) / page_size;
    const Protection protection = TRY(protection_for(mapping.access()));
    if (range.count.raw > slice)
        return table_.map_large(range.start, memory.frame(first), range.count, protection, memory.cache(),
                                PageSize::large);
    return table_.map_each(range.start, range.count, protection, memory.cache(),
                           [&](u64 page) { return memory.frame(first + page); });
}

/// Empties the page table where mappings show this.
void AddressSpace::clear(PageRange range) {
    // A range that no large page reaches beyond is never refused.
    const auto unmapped = table_.unmap(range.start, range.count);
    if (!unmapped) panic("a mapping cannot be unmapped");
    flush(unmapped->flush); // before the tables go back
}

Result<> AddressSpace::map_page(Memory& memory, VirtAddr page, const View& view, u64 in_memory) {
    const PageRange range{page, pages(1)};
    TRY(check(range));
    const Protection protection = TRY(checked_protection(view, &memory, view.access));
    if (in_memory >= memory.size().raw) [[unlikely]]
        return fail(Error::bad_argument);
    if (memory.ended) [[unlikely]]
        return fail(Error::wrong_state);
    const auto gap =
        mappings_.find_gap([page](const Mapping& mapping) { return mapping.range.start < page; });
    if (gap.before && gap.before->range.end() > page) return fail(Error::bad_address);
    if (gap.behind && gap.behind->range.start == page) return fail(Error::bad_address);

    Mapping* mapping = TRY(budget_.mappings().make(budget_, *this, memory, range, pages(in_memory), view));
    const bool done =
        !memory.backing() && table_.map_page(page, memory.frame(in_memory), protection, memory.cache());
    if (!done) [[unlikely]]
        if (const auto filled = fill(*mapping, range); !filled) {
            Slab<Mapping>::destroy(mapping);
            return fail(filled.error());
        }
    mappings_.insert(*mapping, gap.place);
    return {};
}

Result<Progress> AddressSpace::map(Memory& memory, PageRange range, View view, PageCount offset,
                                   Thread* owner) {
    if (range.count.raw == 1) {
        TRY(map_page(memory, range.start, view, offset.raw));
        return Progress::done;
    }
    if (busy()) return Progress::busy;
    TRY(check(range));
    TRY(checked_protection(view, &memory, view.access));
    if (!within(offset.raw, range.count.raw, memory.size().raw)) return fail(Error::bad_argument);
    if (memory.ended) return fail(Error::wrong_state);
    const auto gap = mappings_.find_gap(
        [start = range.start](const Mapping& mapping) { return mapping.range.start < start; });
    if (gap.before && gap.before->range.end() > range.start) return fail(Error::bad_address);
    if (gap.behind && gap.behind->range.start < range.end()) return fail(Error::bad_address);

    Mapping* mapping = TRY(budget_.mappings().make(budget_, *this, memory, range, offset, view));
    mappings_.insert(*mapping, gap.place);
    return begin({.kind = Change::Kind::map, .next = range.start, .end = range.end(), .mapping = mapping},
                 owner);
}

Result<> AddressSpace::split_at(VirtAddr address) {
    Mapping* mapping = first_behind(address);
    if (!mapping || mapping->range.start >= address) return {};
    if (may_have_large(*mapping)) TRY(table_.split_at(address));
    const PageCount before = pages((address - mapping->range.start) / page_size);
    const PageRange rest{address, mapping->range.count - before};
    // One that shows nothing any more has no object to share.
    Mapping* tail = mapping->memory ? TRY(budget_.mappings().make(budget_, *this, *mapping->memory, rest,
                                                                  mapping->offset + before, mapping->view))
                                    : TRY(budget_.mappings().make(*this, rest, mapping->view));
    mappings_.insert_behind(*mapping, *tail);
    mapping->range.count = before;
    return {};
}

Result<Progress> AddressSpace::unmap(PageRange range, Thread* owner) {
    if (busy()) return Progress::busy;
    TRY(check(range));
    if (Mapping* mapping = single_page(range); mapping && table_.unmap_page(range.start)) {
        flush_page(range.start);
        remove(*mapping);
        return Progress::done;
    }
    TRY(split_at(range.start));
    TRY(split_at(range.end()));
    return begin({.kind = Change::Kind::unmap, .next = range.start, .end = range.end()}, owner);
}

Result<Progress> AddressSpace::protect(PageRange range, abi::Rights access, Thread* owner) {
    if (busy()) return Progress::busy;
    TRY(check(range));
    if (Mapping* mapping = single_page(range)) {
        const Protection protection = TRY(checked_protection(mapping->view, mapping->memory.get(), access));
        const bool is_plain = mapping->memory && !mapping->memory->backing();
        if (is_plain && table_.protect_page(range.start, protection)) {
            flush_page(range.start);
            mapping->set_access(access);
            return Progress::done;
        }
    }
    TRY(protection_for(access));
    return begin({.kind = Change::Kind::check,
                  .access = access,
                  .start = range.start,
                  .next = range.start,
                  .end = range.end()},
                 owner);
}

void AddressSpace::unmap_if(const Memory& memory, VirtAddr start) {
    Mapping* mapping = first_behind(start);
    if (!mapping || mapping->range.start != start || mapping->memory.get() != &memory) return;
    unmap_front(*mapping, mapping->range.count);
}

Result<> AddressSpace::allow_ports(u32 first, u32 count) {
    const bool is_first = !ports_.exists();
    if (is_first) TRY(ports_.make());
    ports_.allow(first, count);
    if (!is_first) return {};
    // Where cores look for the bitmap has changed.
    Kernel& kernel = budget_.owner();
    kernel.summons().flush_elsewhere(root());
    kernel.machine().flush_space(root());
    return {};
}

void AddressSpace::flush(const FlushSet& pages_changed) {
    if (pages_changed.empty()) return;
    if (pages_changed.count.raw == 1) return flush_page(pages_changed.start);
    Kernel& kernel = budget_.owner();
    if (kernel.core_count() > 1) kernel.summons().flush_elsewhere(root());
    constexpr u64 one_by_one = 32; // beyond, forgetting everything is cheaper
    Machine& machine = kernel.machine();
    if (pages_changed.count.raw > one_by_one) return machine.flush_space(root());
    for (u64 page = 0; page < pages_changed.count.raw; ++page)
        machine.flush_page(root(), pages_changed.start + pages(page));
}

} // namespace pith::kernel
