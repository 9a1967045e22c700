#include "kernel/kernel.h"
#include "kernel/memory/address_space.h"

#include <algorithm>

/// Changes of an address space, slice by slice.
namespace pith::kernel {

namespace {

/// What a step with one mapping takes, in pages that are mapped or unmapped in that time.
constexpr u64 mapping_cost = 16;

} // namespace

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

AddressSpace::Outcome AddressSpace::advance_map() {
    const PageCount left = pages((change_.end - change_.next) / page_size);
    const PageRange part{change_.next, std::min(left, pages(slice))};
    if (const auto filled = fill(*change_.mapping, part); !filled) {
        change_.kind = Change::Kind::take_back;
        change_.error = filled.error();
        change_.end = change_.next;
        change_.next = change_.mapping->range.start;
        return advance_take_back();
    }
    change_.next = part.end();
    if (change_.next < change_.end) return std::nullopt;
    return Result<>{};
}

AddressSpace::Outcome AddressSpace::advance_take_back() {
    const PageCount left = pages((change_.end - change_.next) / page_size);
    const PageRange part{change_.next, std::min(left, pages(slice))};
    if (part.count.raw > 0) clear(part);
    change_.next = part.end();
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
    for (u64 left = slice; left > 0;) {
        Mapping* mapping = first_behind(change_.next);
        if (!mapping || mapping->range.start >= change_.end) return Result<>{};
        const PageCount count = std::min(mapping->range.count, pages(left));
        change_.next = mapping->range.start + count;
        unmap_front(*mapping, count);
        left -= std::min(left, count.raw + mapping_cost);
    }
    return std::nullopt;
}

AddressSpace::Outcome AddressSpace::advance_check() {
    Mapping* mapping = first_behind(change_.next);
    for (u64 left = slice; left > 0; left -= std::min(left, mapping_cost)) {
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
    for (u64 left = slice; left > 0;) {
        Mapping* mapping = first_behind(change_.next);
        if (!mapping || mapping->range.start >= change_.end) return Result<>{};
        const VirtAddr from = std::max(change_.next, mapping->range.start);
        const PageCount rest = pages((mapping->range.end() - from) / page_size);
        const PageRange part{from, std::min(rest, pages(left))};
        // What may be written to counts as that until it cannot be any more.
        const bool grows = !mapping->access().has(abi::rights::memory::write);
        if (grows || part.end() == mapping->range.end()) mapping->set_access(change_.access);
        if (mapping->memory && mapping->memory->backing())
            clear(part); // when it is touched
        else if (mapping->memory)
            change_protection(part, *protection);
        change_.next = part.end();
        left -= std::min(left, part.count.raw + mapping_cost);
    }
    return std::nullopt;
}

void AddressSpace::change_protection(PageRange range, Protection protection) {
    const auto changed = table_.protect(range.start, range.count, protection);
    if (!changed) panic("a mapping cannot be protected");
    flush(*changed);
}

bool AddressSpace::lose(Mapping& mapping) {
    const PageRange part{mapping.range.start + mapping.lost,
                         std::min(mapping.range.count - mapping.lost, pages(slice))};
    if (part.count.raw > 0) clear(part);
    mapping.lost += part.count;
    if (mapping.lost < mapping.range.count) return false;
    mapping.lose_memory();
    return true;
}

bool AddressSpace::take_apart() {
    if (busy()) {
        if (Thread* owner = std::exchange(change_, {}).owner)
            owner->mapping.result = fail(Error::wrong_state);
        return true;
    }
    for (u64 left = slice; left > 0;) {
        Mapping* mapping = mappings_.front();
        if (!mapping) return false;
        const PageCount count = std::min(mapping->range.count, pages(left));
        unmap_front(*mapping, count);
        left -= std::min(left, count.raw + mapping_cost);
    }
    return true;
}

} // namespace pith::kernel
