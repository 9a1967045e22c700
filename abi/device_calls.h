#pragma once

#include "abi/call.h"
#include "base/address.h"

/// The calls of syscalls.h that are about messages of devices and what devices reach.
namespace pith::abi {

/// An interrupt that device `device` raises by a message (PCI bus << 8 | device << 3 | function): what it has
/// to write, and where. The caller programs the device with it, in its configuration space or its MSI-X
/// table, and keeps that table's page to itself. `no_memory` also where the machine has no more of them.
///                                                                       system: devices, budget: spend
struct InterruptCreateMessage {
    struct Reply {
        Handle handle;
        u64 address;
        u64 data;
    };
    Handle system;
    Handle budget;
    u64 device;
};
/// What the device (numbered as above) may reach of memory: nothing yet. One domain a device (`exists`);
/// `wrong_state` where the device was not reset since its last one.         system: devices, budget: spend
struct DmaDomainCreate {
    using Reply = NewHandle;
    Handle system;
    Handle budget;
    u64 device;
};
/// Lets the device reach pages of `memory` from page `offset` on, at most `count`: as many as one call does
/// (32), and on a machine that does not translate devices' addresses no more than lie next to each other.
/// `access` is of rights::memory, without execute. The memory stays where it is until it is unmapped,
/// whatever becomes of its handles. `denied` for memory of a device. `no_memory` also beyond 1024 mappings.
///                                                                       dma_domain: map, memory: the access
struct DmaMap {
    struct Reply {
        u64 address; ///< what to tell the device
        PageCount count;
    };
    Handle domain;
    Handle memory;
    PageCount offset;
    PageCount count;
    u64 access;
};
/// Takes away what one DmaMap has mapped at this bus address. The device has to be done with it: a machine
/// that translates refuses what it still tries, another cannot.            dma_domain: map
struct DmaUnmap {
    using Reply = Nothing;
    Handle domain;
    u64 address;
};
/// Says that the device is at rest and its last domain's memory can be given back. A domain that ends with
/// memory mapped keeps it until then. `not_found` where nothing is kept.    system: devices
struct DmaReset {
    using Reply = Nothing;
    Handle system;
    u64 device;
};
/// `device` also tells, in bit 16, whether the machine translates what the device does. `faults`: what the
/// device was refused.                                                      dma_domain: inspect
struct DmaInfo {
    static constexpr u64 is_translated = 1 << 16;
    struct Reply {
        u64 device;
        PageCount mapped;
        u64 faults;
    };
    Handle domain;
};

} // namespace pith::abi
