#pragma once

#include "os/mapping.h"
#include "os/system.h"

#include <vector>

namespace pith::os {

/// What one device may reach of memory.
class DmaDomain : public Typed<DmaDomain, abi::Kind::dma_domain> {
  public:
    using Typed::Typed;
    [[nodiscard]] static Result<DmaDomain> create(const System& system, u16 device,
                                                  const Budget& budget = {}) {
        return DmaDomain{TRY(invoke(abi::DmaDomainCreate{system.id(), budget.id(), device})).handle};
    }
    using Window = abi::DmaMap::Reply;
    /// As many of the pages as one call maps.
    [[nodiscard]] Result<Window> map(const Memory& memory, PageCount offset, PageCount count,
                                     abi::Rights access) const {
        return invoke(abi::DmaMap{id(), memory.id(), offset, count, access.raw});
    }
    [[nodiscard]] Result<> unmap(u64 address) const { return invoke(abi::DmaUnmap{id(), address}); }
    [[nodiscard]] Result<abi::DmaInfo::Reply> info() const { return invoke(abi::DmaInfo{id()}); }
    /// The device is at rest: what its last domain had mapped is given back.
    [[nodiscard]] static Result<> reset(const System& system, u16 device) {
        return invoke(abi::DmaReset{system.id(), device});
    }
};

/// Memory that a device reaches, all of it, as long as this object lives. The device has to be done with it
/// by then. Borrows the domain.
class DmaMapping {
  public:
    DmaMapping() = default;
    [[nodiscard]] static Result<DmaMapping> create(const DmaDomain& domain, const Memory& memory,
                                                   abi::Rights access);
    DmaMapping(DmaMapping&& other) noexcept
        : domain_{other.domain_}, windows_{std::move(other.windows_)}, pages_{std::move(other.pages_)} {}
    DmaMapping& operator=(DmaMapping&& other) noexcept {
        unmap();
        domain_ = other.domain_;
        windows_ = std::move(other.windows_);
        pages_ = std::move(other.pages_);
        return *this;
    }
    ~DmaMapping() { unmap(); }

    /// Where the device sees each page.
    [[nodiscard]] std::span<const u64> pages() const { return pages_; }
    [[nodiscard]] u64 address(u64 offset) const { return pages_[offset / page_size] + offset % page_size; }

  private:
    explicit DmaMapping(abi::Handle domain) : domain_{domain} {}
    void unmap();

    abi::Handle domain_{};     ///< borrowed
    std::vector<u64> windows_; ///< one of each DmaMap
    std::vector<u64> pages_;
};

/// Memory of a driver's own that its device reaches too: rings, descriptors, buffers.
class DmaBuffer {
  public:
    [[nodiscard]] static Result<DmaBuffer> create(const DmaDomain& domain, PageCount size,
                                                  const Budget& budget = {});
    [[nodiscard]] std::span<std::byte> bytes() const { return view_.bytes(); }
    /// Where the device sees the byte at this offset. Pages lie next to each other here, not always there.
    [[nodiscard]] u64 address(u64 offset = 0) const { return device_.address(offset); }
    [[nodiscard]] std::span<const u64> pages() const { return device_.pages(); }

  private:
    DmaBuffer(Memory memory, Mapping view, DmaMapping device)
        : memory_{std::move(memory)}, view_{std::move(view)}, device_{std::move(device)} {}
    Memory memory_;
    Mapping view_;
    DmaMapping device_;
};

/// An interrupt that a device raises by writing `data` to `address`.
struct MessageInterrupt {
    Interrupt interrupt;
    u64 address;
    u64 data;

    [[nodiscard]] static Result<MessageInterrupt> create(const System& system, u16 device,
                                                         const Budget& budget = {}) {
        const auto made = TRY(invoke(abi::InterruptCreateMessage{system.id(), budget.id(), device}));
        return MessageInterrupt{Interrupt{made.handle}, made.address, made.data};
    }
};

} // namespace pith::os
