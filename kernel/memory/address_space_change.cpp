#include "kernel/kernel.h"
#include "kernel/memory/address_space.h"

#include <algorithm>

/// Changes of an address space, slice by slice.
namespace pith::kernel {

namespace {

/// What a step with one mapping takes, in pages that are mapped or unmapped in that time.
constexpr u64 mapping_cost = 16;
/// ... with so many pages of one, as part_of says: more than a slice are one large page.
constexpr u64 cost_of(PageCount part) {
    return mapping_cost + (part.raw > AddressSpace::slice ? 1 : part.raw);
}

constexpr PageCount large_page = pages_in(PageSize::large);
static_assert(AddressSpace::slice < large_page.raw);
[[nodiscard]] PageCount up_to_large_page(VirtAddr from) {
    return pages((align_down(from.raw, large_page.bytes()) + large_page.bytes() - from.raw) / page_size);
}

} // namespace

Effort& AddressSpace::effort() const { return budget_.owner().effort(); }

Result<Progress> AddressSpace::begin(const Change& change, Thread* owner) {
    change_ = change;
    while (true) {
        if (const Outcome outcome = advance()) {
            change_ = {};
            TRY(*outcome);
            return Progress::done;
        }
        if (!owner) continue; // the kernel itself, before there are threads
        change_.owner = owner;
        return Progress::under_way;
    }
}

void AddressSpace::step() {
    const Outcome outcome = advance();
    if (!outcome) return;
    if (Thread* owner = std::exchange(change_, {}).owner) owner->mapping.result = *outcome;
}

AddressSpace::Outcome AddressSpace::advance() {
    const Effort::Slice limit{effort()};
    switch (change_.kind) {
    case Change::Kind::none: return Result<>{};
    case Change::Kind::map: return advance_map();
    case Change::Kind::take_back: return advance_take_back();
    case Change::Kind::unmap: return advance_unmap();
    case Change::Kind::check: return advance_check();
    case Change::Kind::protect: return advance_protect();
    }
    return Result<>{};
}

PageCount AddressSpace::part_of(const Mapping& mapping, VirtAddr from, u64 most) const {
    const PageCount rest = pages((mapping.range.end() - from) / page_size);
    const PageCount part = std::min(rest, pages(most));
    if (!may_have_large(mapping)) return part;
    const auto seen = table_.query(from);
    if (seen && seen->size == PageSize::large) return large_page;
    return std::min(part, up_to_large_page(from));
}

PageCount AddressSpace::part_to_fill(const Mapping& mapping, VirtAddr from, u64 most) {
    const PageCount rest = pages((mapping.range.end() - from) / page_size);
    const PageCount part = std::min(rest, pages(most));
    const u64 page = mapping.offset.raw + (from - mapping.range.start) / page_size;
    const bool fits = is_aligned(from.raw, large_page.bytes()) && rest >= large_page;
    if (fits && mapping.memory->is_piece(page)) return large_page;
    return std::min(part, up_to_large_page(from));
}

AddressSpace::Outcome AddressSpace::advance_map() {
    do {
        const PageRange part{change_.next, part_to_fill(*change_.mapping, change_.next, effort().left())};
        if (const auto filled = fill(*change_.mapping, part); !filled) {
            change_.kind = Change::Kind::take_back;
            change_.error = filled.error();
            change_.end = change_.next;
            change_.next = change_.mapping->range.start;
            return advance_take_back();
        }
        change_.next = part.end();
        if (change_.next == change_.end) return Result<>{};
        effort().spend(cost_of(part.count));
    } while (!effort().is_over());
    return std::nullopt;
}

AddressSpace::Outcome AddressSpace::advance_take_back() {
    if (change_.next < change_.end) {
        const PageCount left = pages((change_.end - change_.next) / page_size);
        const PageCount part = std::min(left, part_of(*change_.mapping, change_.next, effort().left()));
        clear({change_.next, part});
        change_.next = change_.next + part;
    }
    if (change_.next < change_.end) return std::nullopt;
    remove(*change_.mapping);
    return fail(change_.error);
}

/// The first pages of a mapping go; the mapping with its last.
void AddressSpace::unmap_front(Mapping& mapping, PageCount count) {
    clear({mapping.range.start, count});
    if (count == mapping.range.count) return remove(mapping);
    // It keeps its place among the others.
    mapping.range = {mapping.range.start + count, mapping.range.count - count};
    mapping.offset += count;
}

AddressSpace::Outcome AddressSpace::advance_unmap() {
    do {
        Mapping* mapping = first_behind(change_.next);
        if (!mapping || mapping->range.start >= change_.end) return Result<>{};
        const PageCount count = part_of(*mapping, mapping->range.start, effort().left());
        change_.next = mapping->range.start + count;
        effort().spend(cost_of(count));
        unmap_front(*mapping, count); // with its last page perhaps an object
    } while (!effort().is_over());
    return std::nullopt;
}

AddressSpace::Outcome AddressSpace::advance_check() {
    Mapping* mapping = first_behind(change_.next);
    for (; !effort().is_over(); effort().spend(mapping_cost)) {
        if (!mapping || mapping->range.start > change_.next) return fail(Error::bad_address); // a hole
        if (!may_have(mapping->view, mapping->memory.get(), change_.access)) return fail(Error::denied);
        change_.next = mapping->range.end();
        if (change_.next >= change_.end) {
            change_.next = change_.start;
            change_.kind = Change::Kind::protect;
            if (auto split = split_at(change_.start); !split) return split;
            if (auto split = split_at(change_.end); !split) return split;
            return advance_protect();
        }
        mapping = decltype(mappings_)::next(*mapping);
    }
    return std::nullopt;
}

AddressSpace::Outcome AddressSpace::advance_protect() {
    const auto protection = protection_for(change_.access);
    if (!protection) return fail(protection.error());
    do {
        Mapping* mapping = first_behind(change_.next);
        if (!mapping || mapping->range.start >= change_.end) return Result<>{};
        const VirtAddr from = std::max(change_.next, mapping->range.start);
        const PageRange part{from, part_of(*mapping, from, effort().left())};
        // What may be written to counts as that until it cannot be any more.
        const bool grows = !mapping->access().has(abi::rights::memory::write);
        if (grows || part.end() == mapping->range.end()) mapping->set_access(change_.access);
        if (mapping->memory && mapping->memory->backing())
            clear(part); // when it is touched
        else if (mapping->memory)
            change_protection(part, *protection);
        change_.next = part.end();
        effort().spend(cost_of(part.count));
    } while (!effort().is_over());
    return std::nullopt;
}

void AddressSpace::change_protection(PageRange range, Protection protection) {
    const auto changed = table_.protect(range.start, range.count, protection);
    if (!changed) panic("a mapping cannot be protected");
    flush(*changed);
}

bool AddressSpace::lose(Mapping& mapping) {
    const Effort::Slice limit{effort()};
    if (mapping.lost < mapping.range.count) {
        const VirtAddr from = mapping.range.start + mapping.lost;
        const PageCount part = part_of(mapping, from, effort().left());
        effort().spend(cost_of(part));
        clear({from, part});
        mapping.lost += part;
    }
    if (mapping.lost < mapping.range.count) return false;
    mapping.lose_memory();
    return true;
}

/// What is under way comes to what it would if it began now.
void AddressSpace::end_change() {
    if (change_.kind == Change::Kind::unmap) return step(); // the same work
    const bool protects = change_.kind == Change::Kind::check || change_.kind == Change::Kind::protect;
    if (Thread* owner = std::exchange(change_, {}).owner)
        owner->mapping.result = fail(protects ? Error::bad_address : Error::wrong_state);
}

bool AddressSpace::take_apart() {
    if (busy()) {
        end_change();
        return true;
    }
    const Effort::Slice limit{effort()};
    do {
        Mapping* mapping = mappings_.front();
        if (!mapping) return false;
        const PageCount count = part_of(*mapping, mapping->range.start, effort().left());
        effort().spend(cost_of(count));
        unmap_front(*mapping, count);
    } while (!effort().is_over());
    return true;
}

} // namespace pith::kernel
