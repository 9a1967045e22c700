#pragma once

#include "tests/model/alphabet/choices.h"

/// Calls of devices.
namespace pith::model {

constexpr u64 device = 0x18;
inline void choose(Alphabet& alphabet, For<abi::InterruptCreate>) {
    if (!alphabet.may_grow()) return;
    for (const u64 line : {u64{4}, u64{20}, u64{99}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::InterruptCreate{system, {}, line}; });
}
inline void choose(Alphabet& alphabet, For<abi::InterruptCreateMessage>) {
    if (!alphabet.may_grow()) return;
    for (const u64 number : {device, u64{0x1'0000}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::InterruptCreateMessage{system, {}, number}; });
}
inline void choose(Alphabet& alphabet, For<abi::DmaDomainCreate>) {
    if (!alphabet.may_grow()) return;
    for (const u64 number : {device, device + 1, u64{0x1'0000}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::DmaDomainCreate{system, {}, number}; });
}
inline void choose(Alphabet& alphabet, For<abi::DmaMap>) {
    for_each_pair(alphabet, abi::Kind::dma_domain, abi::Kind::memory,
                  [](abi::Handle domain, abi::Handle memory) {
                      return abi::DmaMap{domain, memory, {}, pages(2), read_write};
                  });
    for_each_pair(alphabet, abi::Kind::dma_domain, abi::Kind::memory,
                  [](abi::Handle domain, abi::Handle memory) {
                      return abi::DmaMap{domain, memory, pages(1), pages(2), read_only};
                  });
    for_each_pair(alphabet, abi::Kind::dma_domain, abi::Kind::memory,
                  [](abi::Handle domain, abi::Handle memory) {
                      return abi::DmaMap{domain, memory, pages(1), pages(1), read_only};
                  });
    for (const abi::Handle domain : alphabet.handles(abi::Kind::dma_domain))
        for (const abi::Handle memory : alphabet.handles(abi::Kind::memory))
            try_it(alphabet, abi::DmaMap{domain, memory, {}, pages(1), write_execute});
}
inline void choose(Alphabet& alphabet, For<abi::DmaUnmap>) {
    for (const u32 slot : {0u, 1u})
        for_each(alphabet, abi::Kind::dma_domain,
                 [=](abi::Handle domain) { return abi::DmaUnmap{domain, DmaTable::address_of(slot)}; });
}
inline void choose(Alphabet& alphabet, For<abi::DmaReset>) {
    for (const u64 number : {device, u64{0x1'0000}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::DmaReset{system, number}; });
}
inline void choose(Alphabet& alphabet, For<abi::DmaInfo>) {
    for_each(alphabet, abi::Kind::dma_domain, [](abi::Handle domain) { return abi::DmaInfo{domain}; });
}
inline void choose(Alphabet& alphabet, For<abi::InterruptBind>) {
    for_each_pair(alphabet, abi::Kind::interrupt, abi::Kind::notification,
                  [](abi::Handle line, abi::Handle bell) { return abi::InterruptBind{line, bell, 8}; });
}
inline void choose(Alphabet& alphabet, For<abi::InterruptAcknowledge>) {
    for_each(alphabet, abi::Kind::interrupt,
             [](abi::Handle line) { return abi::InterruptAcknowledge{line}; });
}
inline void choose(Alphabet& alphabet, For<abi::IoPortsCreate>) {
    if (!alphabet.may_grow()) return;
    for (const u64 first : {u64{0x300}, u64{0x20}, u64{0xffff}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::IoPortsCreate{system, {}, first, 8}; });
}
inline void choose(Alphabet& alphabet, For<abi::IoPortsEnable>) {
    for_each(alphabet, abi::Kind::io_ports, [](abi::Handle ports) { return abi::IoPortsEnable{ports}; });
}
inline void choose(Alphabet& alphabet, For<abi::MemoryPhysical>) {
    if (!alphabet.may_grow()) return;
    for (const PhysAddr address : {PhysAddr{0xfed0'0000}, PhysAddr{0x1000}, PhysAddr{1}})
        for_each(alphabet, abi::Kind::system,
                 [=](abi::Handle system) { return abi::MemoryPhysical{system, {}, address, pages(2)}; });
    for (const abi::Handle budget : alphabet.handles(abi::Kind::budget))
        for (const abi::Handle system : alphabet.handles(abi::Kind::system))
            try_it(alphabet, abi::MemoryPhysical{system, budget, {0xfed0'0000}, pages(2)});
}

} // namespace pith::model
