#pragma once

#include "base/list.h"
#include "base/time.h"
#include "kernel/machine/dma_fault.h"
#include "kernel/memory/dma_table.h"
#include "kernel/object/memory.h"

#include <optional>

namespace pith::kernel {

/// Pages of a memory object that a device may reach: the reference keeps the frames where they are.
class DmaMapping {
  public:
    DmaMapping(Budget&, Ref<Memory> memory, u64 offset, u32 count, u64 address, u32 slot)
        : memory{std::move(memory)}, offset{offset}, address{address}, count{count}, slot{slot} {
        this->memory->add_device();
    }
    ~DmaMapping() { memory->remove_device(); }

    const Ref<Memory> memory;
    const u64 offset;  ///< first page, in the object
    const u64 address; ///< on the bus
    const u32 count;   ///< pages
    const u32 slot;
    ListLink link;
};

/// What one device may reach of memory. Where the machine translates devices' addresses, that is all it
/// reaches; elsewhere the device has to be trusted, and the domain says by which addresses, keeps the memory
/// there, and keeps it on when the domain has ended until somebody with authority over devices says that the
/// device is at rest.
class DmaDomain final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::dma_domain;
    static constexpr u32 max_mappings = DmaTable::slots;
    /// Pages that one call maps.
    static constexpr u64 slice = 32;
    static_assert(slice == DmaTable::slot_size.raw);

    /// `exists` where the device has a domain, `wrong_state` where it was not reset since the last.
    [[nodiscard]] static Result<Ref<DmaDomain>> create(Budget& payer, u16 device);
    DmaDomain(Budget& payer, u16 device, std::optional<DmaTable> table);
    ~DmaDomain();

    [[nodiscard]] u16 device() const { return device_; }
    [[nodiscard]] bool translates() const { return table_.has_value(); }
    [[nodiscard]] PageCount pinned() const { return pinned_; }
    [[nodiscard]] bool is_empty() const { return mappings_ == 0; }

    struct Window {
        u64 address;
        PageCount count;
    };
    /// Maps as many of the pages as one call does and, without translation, as follow one another.
    [[nodiscard]] Result<Window> map(Ref<Memory> memory, u64 offset, u64 count, abi::Rights access);
    /// What one `map` has mapped. `not_found`.
    [[nodiscard]] Result<> unmap(u64 address);
    /// Nobody holds it any more: the device reaches nothing from now on, where the machine can see to that.
    void quarantine();
    [[nodiscard]] bool in_quarantine() const { return quarantined_; }
    /// Gives a slice of the mappings up. True when none are left.
    [[nodiscard]] bool drain();

    u64 faults = 0;        ///< accesses that the machine has refused
    ListLink all_link;     ///< of DmaDomains
    ListLink reclaim_link; ///< those whose device is at rest, while they are taken apart

  private:
    friend class Inspector;
    static constexpr u32 buckets = 16;
    using Bucket = List<DmaMapping, &DmaMapping::link>;

    [[nodiscard]] Bucket& bucket_of(u64 address) {
        return buckets_[(address / page_size ^ address >> 17) % buckets];
    }
    [[nodiscard]] u32 free_slot() const;
    void detach();
    void remove(Bucket& bucket, DmaMapping& mapping);

    u16 device_;
    bool attached_ = false;
    bool quarantined_ = false;
    u32 mappings_ = 0;
    PageCount pinned_{};
    std::optional<DmaTable> table_;
    std::array<u64, max_mappings / 64> used_slots_{};
    std::array<Bucket, buckets> buckets_;
};

/// Every domain, one a device.
class DmaDomains {
  public:
    /// Null: the device has none.
    [[nodiscard]] DmaDomain* find(u16 device) const;
    /// As many as a machine can be asked to tell apart.
    [[nodiscard]] bool full() const { return count_ == most; }
    void add(DmaDomain& domain);
    void remove(DmaDomain& domain);
    /// A device was refused something: counted, and logged so often that nobody can fill the log.
    void note(const DmaFault& fault, Kernel& kernel);
    /// A domain that nobody holds, and whose device may still use what is mapped in it.
    void keep(Ref<DmaDomain> domain);
    /// Gives a domain that was kept back, for its memory to be released. Null: the device has none.
    [[nodiscard]] Ref<DmaDomain> release(u16 device);
    /// ... or any that is kept.
    [[nodiscard]] Ref<DmaDomain> release_any();

  private:
    friend class Inspector;
    static constexpr u32 most = 200;
    u32 count_ = 0;
    u32 in_this_second_ = 0; ///< refusals
    Instant second_end_{};
    List<DmaDomain, &DmaDomain::all_link> all_; // owns those in quarantine, borrows the others
};

} // namespace pith::kernel
