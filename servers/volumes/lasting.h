#pragma once

#include "os/mapping.h"
#include "os/start.h"
#include "servers/volumes/record.h"
#include "servers/volumes/taken_away.h"

#include <array>

namespace pith::os::volumes {

/// Memory that outlives this server: a page about paths, and one for each volume, which its file server
/// leaves to a successor (proto/file_epoch.h).
class Lasting {
  public:
    /// The grant "kept"; without it, memory of this process.
    [[nodiscard]] static Result<Lasting> open(Start& start) {
        auto memory = start.take<Memory>("kept");
        if (!memory) memory = TRY(Memory::create(size));
        auto mapping = TRY(Mapping::create(*memory, size, access));
        return Lasting{*std::move(memory), std::move(mapping)};
    }
    [[nodiscard]] TakenAway taken_away() const {
        return TakenAway{mapping_.as<std::array<u64, page_size / sizeof(u64)>>()};
    }
    /// That of volume `number`.
    [[nodiscard]] Result<Memory> page(u64 number) const {
        return memory_.slice(PageCount{number + 1}, pages(1), access | abi::rights::copy);
    }
    /// No file server has left anything there.
    void clear(u64 number) const {
        std::ranges::fill(mapping_.bytes().subspan((number + 1) * page_size, page_size), std::byte{0});
    }

  private:
    static constexpr PageCount size = pages(1 + Record::most_volumes);
    static constexpr abi::Rights access = abi::rights::memory::read | abi::rights::memory::write;

    Lasting(Memory memory, Mapping mapping) : memory_{std::move(memory)}, mapping_{std::move(mapping)} {}

    Memory memory_;
    Mapping mapping_;
};

} // namespace pith::os::volumes
