#include "kernel/object/handle_table.h"

#include "kernel/kernel.h"
#include "kernel/memory/frame_pointer.h"
#include "kernel/object/capabilities.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace pith::kernel {

namespace {

// What a table has where it has nothing: never written to, because nothing there can be found.
constexpr std::array<Slot, HandleTable::slots_per_page> no_slots{};
template <std::size_t... Page>
constexpr std::array<const Slot*, sizeof...(Page)> nothing_but(std::index_sequence<Page...>) {
    return {((void)Page, no_slots.data())...};
}
constexpr auto no_pages = nothing_but(std::make_index_sequence<HandleTable::max_pages>{});

Slot** empty_table() { return std::bit_cast<Slot**>(no_pages.data()); }

} // namespace

HandleTable::HandleTable(Account& account, Process* process)
    : account_{account}, process_{process}, pages_{empty_table()} {}

HandleTable::~HandleTable() {
    while (!give_back_pages()) {
    }
}

Result<Capability> HandleTable::copy(abi::Handle handle, abi::Rights rights) {
    Slot* slot = find(handle);
    if (!slot) return fail(Error::bad_handle);
    if (!slot->rights().has(abi::rights::copy)) return fail(Error::denied);
    if (slot->object->ending()) return fail(Error::bad_handle); // as it will be in a moment
    return Capability{Ref{*slot->object}, slot->rights() & rights, slot->badge, BadgeRef{slot->record}, slot};
}

bool HandleTable::is_prepared() const { return pages_ != empty_table(); }

Result<> HandleTable::prepare() {
    if (is_prepared()) return {};
    auto* const pages = frame_as<Slot*>(account_, TRY(account_.take_frame()));
    std::copy_n(empty_table(), max_pages, pages);
    pages_ = pages;
    return {};
}

Result<> HandleTable::grow() {
    const u32 page = size_ / slots_per_page;
    if (page == max_pages) return fail(Error::no_memory);
    TRY(prepare());
    pages_[page] = frame_as<Slot>(account_, TRY(account_.take_zeroed_frame()));
    size_ += slots_per_page;
    Slot& head = at(page * slots_per_page);
    head.badge = std::bit_cast<u64>(this);
    // The lowest index is handed out first.
    for (u32 index = size_; --index > page * slots_per_page;) {
        at(index).name = abi::Handle::make(index, 1);
        put_on_free_list(index);
    }
    return {};
}

HandleTable& HandleTable::owner_of(Slot& slot) {
    return *std::bit_cast<HandleTable*>(frame_around(&slot)->badge);
}

void HandleTable::put_on_free_list(u32 index) {
    at(index).badge = free_;
    free_ = index;
}

Result<u32> HandleTable::reserve() {
    if (free_ == no_slot) TRY(grow());
    const u32 index = free_;
    free_ = static_cast<u32>(std::exchange(at(index).badge, 0));
    return index;
}

Result<> HandleTable::provide(u32 count) {
    while (size_ / slots_per_page * handles_per_page < count)
        TRY(grow());
    return {};
}

void HandleTable::unreserve(u32 reserved) { put_on_free_list(reserved); }

abi::Handle HandleTable::fill(u32 reserved, Capability capability) {
    Slot& slot = at(reserved);
    slot.standing.allow(capability.rights, capability.object->kind(), capability.source != nullptr);
    slot.badge = capability.badge;
    slot.record = std::move(capability.record).into_raw();
    if (capability.source) {
        derivation::adopt(capability.source->children, slot);
        capability.object->kernel().revocations().added();
    } else {
        derivation::adopt(capability.object->capabilities(), slot);
    }
    capability_added(*capability.object, capability.rights);
    slot.object = std::move(capability.object).into_raw();
    ++in_use_;
    return slot.name;
}

abi::Handle HandleTable::fill_with_copy(u32 reserved, Slot& source) {
    Slot& slot = at(reserved);
    slot.object = Ref{*source.object}.into_raw();
    slot.badge = source.badge;
    if (source.record) slot.record = BadgeRef{source.record}.into_raw();
    slot.standing.allow_as(source.standing);
    derivation::adopt(source.children, slot);
    source.object->kernel().revocations().added();
    capability_added(*source.object, source.rights());
    ++in_use_;
    return slot.name;
}

Result<abi::Handle> HandleTable::insert(Capability capability) {
    const u32 index = TRY(reserve());
    return fill(index, std::move(capability));
}

abi::Handle HandleTable::move(abi::Handle handle, HandleTable& to, u32 reserved) {
    Slot& from = at(handle.index());
    Slot& slot = to.at(reserved);
    slot.standing.allow(from.rights(), from.kind(), from.was_copied());
    slot.object = std::exchange(from.object, nullptr);
    slot.badge = from.badge;
    slot.record = std::exchange(from.record, nullptr);
    derivation::replace(from, slot);
    ++to.in_use_;
    empty(handle.index());
    return slot.name;
}

void HandleTable::empty(u32 index) {
    Slot& slot = at(index);
    slot.standing.forget();
    slot.name = slot.name.next_generation();
    if (slot.generation() != 0) put_on_free_list(index); // otherwise retired: no handle has generation 0
    --in_use_;
}

Capability HandleTable::remove_at(u32 index) {
    Slot& slot = at(index);
    Capability capability{Ref<Object>::from_raw(std::exchange(slot.object, nullptr)), slot.rights(),
                          slot.badge, BadgeRef::from_raw(std::exchange(slot.record, nullptr))};
    derivation::remove(slot);
    empty(index);
    capability_removed(*capability.object, capability.rights);
    return capability;
}

bool HandleTable::take_last(Capability& out) {
    if (in_use_ == 0) return false;
    if (taken_from_ > size_) taken_from_ = size_;
    for (;;) {
        if (taken_from_ == 0) panic("a handle table has lost count");
        if (!at(--taken_from_).object) continue;
        out = remove_at(taken_from_);
        return true;
    }
}

bool HandleTable::give_back_pages() {
    if (!is_prepared()) return true;
    if (in_use_ != 0) panic("a handle table ends with handles in it");
    free_ = no_slot; // nobody puts anything in any more
    for (u32 left = pages_a_slice; size_ > 0; --left) {
        if (left == 0) return false;
        size_ -= slots_per_page;
        Slot*& page = pages_[size_ / slots_per_page];
        account_.give_frame(frame_of(account_, std::exchange(page, empty_table()[0])));
    }
    account_.give_frame(frame_of(account_, pages_));
    pages_ = empty_table();
    return true;
}

} // namespace pith::kernel
