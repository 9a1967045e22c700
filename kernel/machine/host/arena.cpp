#include "kernel/machine/host/arena.h"

#include "base/address.h"
#include "base/panic.h"

#include <sys/mman.h>

namespace pith::kernel {

Arena::Arena(u64 bytes) {
    const u64 size = align_up(bytes, page_size) + 2 * page_size;
    void* start = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(start != MAP_FAILED, "no memory for an arena");
    memory_ = {static_cast<std::byte*>(start), size};
    const auto usable = memory_.subspan(page_size, size - 2 * page_size);
    require(mprotect(usable.data(), usable.size(), PROT_READ | PROT_WRITE) == 0, "an arena cannot be used");
    taken_ = page_size;
}

Arena::~Arena() { munmap(memory_.data(), memory_.size()); }

std::span<std::byte> Arena::take(u64 bytes) {
    const u64 size = align_up(bytes, page_size);
    require(size <= memory_.size() - page_size - taken_, "an arena is used up");
    const auto part = memory_.subspan(taken_, size);
    taken_ += size;
    return part.first(bytes);
}

} // namespace pith::kernel
