#include "kernel/object/dma_domain.h"

#include "kernel/kernel.h"

#include <algorithm>
#include <bit>

namespace pith::kernel {

DmaDomain* DmaDomains::find(u16 device) const {
    for (DmaDomain& domain : all_)
        if (domain.device() == device) return &domain;
    return nullptr;
}

void DmaDomains::add(DmaDomain& domain) {
    all_.push_back(domain);
    ++count_;
}

void DmaDomains::remove(DmaDomain& domain) {
    if (!domain.all_link.linked()) return;
    all_.remove(domain);
    --count_;
}

void DmaDomains::note(const DmaFault& fault, Kernel& kernel) {
    constexpr Duration second = milliseconds(1000);
    constexpr u32 enough = 32; // of one second: then the device is not listened to any more
    const Instant now = kernel.machine().now();
    if (DmaDomain* domain = find(fault.device)) ++domain->faults;
    if (now >= second_end_) {
        second_end_ = now + second;
        in_this_second_ = 0;
    }
    if (in_this_second_++ == 0)
        kernel.log().warning("dma", "device {:#x} may not {} {:#x} (reason {})", fault.device,
                             fault.write ? "write to" : "read", fault.address, fault.reason);
    if (in_this_second_ < enough) return;
    kernel.machine().silence_dma_faults(fault.device);
    kernel.log().warning("dma", "device {:#x}: no more is told of what it is refused", fault.device);
    in_this_second_ = 0;
}

void DmaDomains::keep(Ref<DmaDomain> domain) {
    domain->quarantine();
    static_cast<void>(std::move(domain).into_raw());
}

Ref<DmaDomain> DmaDomains::release(u16 device) {
    DmaDomain* domain = find(device);
    if (!domain || !domain->in_quarantine()) return {};
    remove(*domain); // the device can have another one
    return Ref<DmaDomain>::from_raw(domain);
}

Ref<DmaDomain> DmaDomains::release_any() {
    for (DmaDomain& domain : all_)
        if (domain.in_quarantine()) return release(domain.device());
    return {};
}

Result<Ref<DmaDomain>> DmaDomain::create(Budget& payer, u16 device) {
    Kernel& kernel = payer.owner();
    if (const DmaDomain* other = kernel.dma_domains().find(device))
        return fail(other->in_quarantine() ? Error::wrong_state : Error::exists);
    std::optional<DmaTable> table;
    if (kernel.dma_domains().full()) return fail(Error::no_memory);
    if (const u32 levels = kernel.machine().dma_levels())
        table.emplace(TRY(DmaTable::create(payer.account(), levels)));
    return payer.make<DmaDomain>(device, std::move(table));
}

DmaDomain::DmaDomain(Budget& payer, u16 device, std::optional<DmaTable> table)
    : Object{object_kind, payer}, device_{device}, table_{std::move(table)} {
    kernel().dma_domains().add(*this);
    if (!table_) return;
    kernel().machine().dma_attach(device_, table_->root());
    attached_ = true;
}

DmaDomain::~DmaDomain() {
    detach(); // before the table goes
    kernel().dma_domains().remove(*this);
}

void DmaDomain::detach() {
    if (std::exchange(attached_, false)) kernel().machine().dma_detach(device_);
}

void DmaDomain::quarantine() {
    detach();
    quarantined_ = true;
}

u32 DmaDomain::free_slot() const {
    for (u32 word = 0; word < used_slots_.size(); ++word)
        if (~used_slots_[word] != 0) return word * 64 + static_cast<u32>(std::countr_one(used_slots_[word]));
    return max_mappings;
}

Result<DmaDomain::Window> DmaDomain::map(Ref<Memory> memory, u64 offset, u64 count, abi::Rights access) {
    const u32 slot = free_slot();
    if (slot == max_mappings) return fail(Error::no_memory);
    const PhysAddr first = memory->frame(offset);
    u64 pages_now = std::min(count, slice);
    if (!table_) {
        u64 run = 1;
        while (run < pages_now && memory->frame(offset + run) == first + pages(run))
            ++run;
        pages_now = run;
    }
    if (table_) TRY(table_->prepare(slot));
    const u64 address = table_ ? DmaTable::address_of(slot) : first.raw;
    DmaMapping* mapping = TRY(payer().dma_mappings().make(payer(), std::move(memory), offset,
                                                          static_cast<u32>(pages_now), address, slot));
    bucket_of(address).push_back(*mapping);
    used_slots_[slot / 64] |= u64{1} << slot % 64;
    ++mappings_;
    pinned_ += pages(pages_now);
    if (table_) {
        for (u64 page = 0; page < pages_now; ++page)
            table_->set(slot, page, mapping->memory->frame(offset + page), access);
        kernel().machine().dma_changed(device_);
    }
    return Window{address, pages(pages_now)};
}

Result<> DmaDomain::unmap(u64 address) {
    Bucket& bucket = bucket_of(address);
    for (DmaMapping& mapping : bucket) {
        if (mapping.address != address) continue;
        if (table_) {
            for (u64 page = 0; page < mapping.count; ++page)
                table_->clear(mapping.slot, page);
            // The frames may be anybody's once the reference is gone: the device has to have forgotten them.
            kernel().machine().dma_changed(device_);
        }
        remove(bucket, mapping);
        return {};
    }
    return fail(Error::not_found);
}

void DmaDomain::remove(Bucket& bucket, DmaMapping& mapping) {
    used_slots_[mapping.slot / 64] &= ~(u64{1} << mapping.slot % 64);
    --mappings_;
    pinned_ -= pages(mapping.count);
    bucket.remove(mapping);
    Slab<DmaMapping>::destroy(&mapping);
}

bool DmaDomain::drain() {
    Effort& effort = kernel().effort();
    const Effort::Slice limit{effort};
    for (Bucket& bucket : buckets_)
        for (; !bucket.empty() && !effort.is_over(); effort.spend(Effort::remove_handle))
            remove(bucket, *bucket.front());
    return is_empty();
}

} // namespace pith::kernel
