#include "os/dma.h"

namespace pith::os {
namespace {
constexpr abi::Rights both = abi::rights::memory::read | abi::rights::memory::write;
}

Result<DmaMapping> DmaMapping::create(const DmaDomain& domain, const Memory& memory, abi::Rights access) {
    const PageCount size = TRY(memory.size());
    DmaMapping mapping{domain.id()};
    mapping.pages_.reserve(size.raw);
    while (mapping.pages_.size() < size.raw) {
        const PageCount done = pith::pages(mapping.pages_.size());
        const DmaDomain::Window window = TRY(domain.map(memory, done, size - done, access));
        mapping.windows_.push_back(window.address);
        for (u64 i = 0; i < window.count.raw; ++i)
            mapping.pages_.push_back(window.address + i * page_size);
    }
    return mapping;
}

void DmaMapping::unmap() {
    // What cannot be unmapped stays the device's until the domain ends.
    for (const u64 window : windows_)
        static_cast<void>(invoke(abi::DmaUnmap{domain_, window}));
    windows_.clear();
}

Result<DmaBuffer> DmaBuffer::create(const DmaDomain& domain, PageCount size, const Budget& budget) {
    Memory memory = TRY(Memory::create(size, budget));
    Mapping view = TRY(Mapping::create(memory, size, both));
    DmaMapping device = TRY(DmaMapping::create(domain, memory, both));
    return DmaBuffer{std::move(memory), std::move(view), std::move(device)};
}

} // namespace pith::os
