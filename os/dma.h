#pragma once

#include "os/objects.h"
#include "os/system.h"

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
