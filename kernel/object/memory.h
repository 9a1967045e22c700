#pragma once

#include "base/address.h"
#include "base/list.h"
#include "base/result.h"
#include "kernel/memory/account.h"
#include "kernel/memory/mapping.h"
#include "kernel/object/object.h"

#include <array>

namespace pith::kernel {

/// A range of pages: anonymous memory, charged in full when it is made, or a physical range.
class Memory final : public Object {
  public:
    static constexpr abi::Kind object_kind = abi::Kind::memory;
    static constexpr PageCount max_pages = pages(u64{1} << 18);
    /// Frames that one slice of `fill` or `drain` handles.
    static constexpr u64 slice = 32;

    /// Anonymous; has no frames until `fill` is done.
    Memory(Budget& payer, PageCount size);
    enum class Range : u8 { ram, device };
    Memory(Budget& payer, PhysAddr start, PageCount size, Range range);
    ~Memory();

    [[nodiscard]] PageCount size() const { return size_; }
    [[nodiscard]] bool is_device() const { return kind_ == Kind::device; }

    /// Takes and zeroes a slice of the frames. True when all are there.
    [[nodiscard]] Result<bool> fill();
    /// Gives back a slice of the frames. True when none are left.
    [[nodiscard]] bool drain();

    /// The frame behind a page below `size`.
    [[nodiscard]] PhysAddr frame(u64 page) const {
        if (kind_ != Kind::anonymous) return start_ + pages(page);
        return root_ ? table_of(page)[page % per_table] : few_[page];
    }

    List<Mapping, &Mapping::memory_link> mappings; ///< all that show it, in whatever space

    ListLink reclaim_link; ///< large objects that are being taken apart

  private:
    friend class Inspector;
    enum class Kind : u8 { anonymous, ram, device };
    static constexpr u64 inline_frames = 6;
    static constexpr u64 per_table = page_size / sizeof(PhysAddr);

    [[nodiscard]] Result<PhysAddr*> place_of(u64 page);
    [[nodiscard]] PhysAddr* table_of(u64 page) const { return root_[page / per_table]; }

    Kind kind_;
    PageCount size_;
    PhysAddr start_{};                          // physical ranges
    u64 filled_ = 0;                            // anonymous: frames that are there, from page 0 on
    std::array<PhysAddr, inline_frames> few_{}; // the frames of small objects; of larger ones see root_
    PhysAddr** root_ = nullptr;                 // a frame of pointers to frames of frame addresses
};

inline Mapping::Mapping(Budget&, AddressSpace& space, Memory& memory, PageRange range, PageCount offset,
                        abi::Rights allowed, abi::Rights access)
    : space{space}, memory{memory}, range{range}, offset{offset}, allowed{allowed}, access{access} {
    memory.mappings.push_back(*this);
}

} // namespace pith::kernel
