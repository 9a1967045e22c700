#include "kernel/object/handle_table.h"

#include "kernel/kernel.h"
#include "kernel/memory/frame_pointer.h"
#include "kernel/object/capabilities.h"

#include <bit>

namespace pith::kernel {

HandleTable::~HandleTable() { give_back_pages(); }

Result<Slot*> HandleTable::check(abi::Handle handle, abi::Kind kind, abi::Rights rights) {
    Slot* slot = find(handle);
    if (!slot) return fail(Error::bad_handle);
    if (slot->kind() != kind) return fail(Error::wrong_kind);
    if (!slot->rights().has(rights)) return fail(Error::denied);
    return slot;
}

Result<Capability> HandleTable::copy(abi::Handle handle, abi::Rights rights) {
    Slot* slot = find(handle);
    if (!slot) return fail(Error::bad_handle);
    if (!slot->rights().has(abi::rights::copy)) return fail(Error::denied);
    return Capability{Ref{*slot->object}, slot->rights() & rights, slot->badge, BadgeRef{slot->record}, slot};
}

Result<> HandleTable::grow() {
    const u32 page = size_ / slots_per_page;
    if (page == max_pages) return fail(Error::no_memory);
    if (!pages_) pages_ = frame_as<Slot*>(account_, TRY(account_.take_zeroed_frame()));
    pages_[page] = frame_as<Slot>(account_, TRY(account_.take_zeroed_frame()));
    size_ += slots_per_page;
    Slot& head = at(page * slots_per_page);
    head.badge = std::bit_cast<u64>(this);
    head.key = Slot::make_key(page, {}, abi::Kind::none);
    // The lowest index is handed out first.
    for (u32 index = size_; --index > page * slots_per_page;) {
        at(index).key = Slot::make_key(1, {}, abi::Kind::none);
        put_on_free_list(index);
    }
    return {};
}

HandleTable& HandleTable::owner_of(Slot& slot) {
    return *std::bit_cast<HandleTable*>(frame_around(&slot)->badge);
}

u32 HandleTable::index_of(Slot& slot) {
    const Slot* head = frame_around(&slot);
    return head->generation() * slots_per_page + static_cast<u32>(&slot - head);
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
    const u32 generation = slot.generation();
    slot.key = Slot::make_key(generation, capability.rights, capability.object->kind());
    slot.badge = capability.badge;
    slot.record = std::move(capability.record).into_raw();
    if (capability.source) {
        derivation::adopt(capability.source->children, slot);
        slot.key |= Slot::copied;
        capability.object->kernel().revocations().added();
    } else {
        derivation::adopt(capability.object->capabilities(), slot);
    }
    capability_added(*capability.object, capability.rights);
    slot.object = std::move(capability.object).into_raw();
    ++in_use_;
    return abi::Handle::make(reserved, generation);
}

Result<abi::Handle> HandleTable::insert(Capability capability) {
    const u32 index = TRY(reserve());
    return fill(index, std::move(capability));
}

abi::Handle HandleTable::move(abi::Handle handle, HandleTable& to, u32 reserved) {
    Slot& from = at(handle.index());
    Slot& slot = to.at(reserved);
    const u32 generation = slot.generation();
    slot.object = std::exchange(from.object, nullptr);
    slot.badge = from.badge;
    slot.key = Slot::make_key(generation, from.rights(), from.kind()) | (from.key & Slot::copied);
    slot.record = std::exchange(from.record, nullptr);
    derivation::replace(from, slot);
    ++to.in_use_;
    empty(handle.index());
    return abi::Handle::make(reserved, generation);
}

void HandleTable::empty(u32 index) {
    Slot& slot = at(index);
    const u32 generation = slot.generation();
    slot.badge = 0;
    const bool used_up = generation == ~u32{0};
    slot.key = Slot::make_key(used_up ? 0 : generation + 1, {}, abi::Kind::none);
    if (!used_up) put_on_free_list(index); // otherwise retired: no handle has generation 0
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
    while (taken_from_ > 0) {
        if (!at(--taken_from_).object) continue;
        out = remove_at(taken_from_);
        return true;
    }
    panic("a handle table has lost count");
}

void HandleTable::give_back_pages() {
    if (!pages_) return;
    if (in_use_ != 0) panic("a handle table ends with handles in it");
    for (u32 page = 0; page < size_ / slots_per_page; ++page)
        account_.give_frame(frame_of(account_, pages_[page]));
    account_.give_frame(frame_of(account_, pages_));
    pages_ = nullptr;
    size_ = 0;
    free_ = no_slot;
}

} // namespace pith::kernel
