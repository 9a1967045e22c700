#pragma once

#include "base/bytes.h"
#include "loader/memory_map.h"
#include "loader/outcome.h"

#include <array>

namespace pith::loader::pvh {

/// The monitor's start information, read into our own variables once: the memory it lies in may be free.
struct StartInfo {
    static constexpr u32 max_pieces = 128;

    std::array<Piece, max_pieces> memory;
    u32 memory_count = 0;
    Bytes initrd; ///< the first module; empty if there is none
    std::array<char, page_size> command_line;
    u32 command_line_size = 0;
    PhysAddr rsdp{}; ///< 0: not told

    [[nodiscard]] static Outcome<StartInfo> read(PhysAddr at);
};

} // namespace pith::loader::pvh
