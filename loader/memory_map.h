#pragma once

#include "bootboot/bootboot.h"
#include "loader/outcome.h"

#include <array>
#include <span>

namespace pith::loader {

/// Later in this list wins where what the firmware says overlaps.
enum class Use : u8 {
    free,  ///< for the loader and the kernel
    later, ///< free for the kernel; the firmware's tables that the loader still runs on may lie there
    acpi,  ///< ACPI tables and storage
    mmio,  ///< device registers
    used,  ///< the firmware keeps it, or nobody says what it is
    taken, ///< holds something that the loader made for the kernel: told to nobody
};

struct Piece {
    u64 start;
    u64 end;
    Use use;
    [[nodiscard]] constexpr u64 size() const { return end - start; }
};

/// What physical memory is used for: whole pages, sorted, no two pieces overlap, neighbours of one use are
/// one piece. Memory that is in no piece is not known to exist.
class MemoryMap {
  public:
    static constexpr u32 capacity = 512;
    /// Nothing lies above (AMD APM vol. 2, 5.1: 52 bits of physical address).
    static constexpr u64 limit = u64{1} << 52;

    /// From the firmware's list, in any order, with any overlaps; free memory shrinks to whole pages, all
    /// other kinds grow to whole pages. Page 0 is never free.
    [[nodiscard]] static Outcome<MemoryMap> from_firmware(std::span<const Piece> pieces);

    /// Overwrites whatever the map said about [start, end), which is widened to whole pages.
    [[nodiscard]] Outcome<> paint(u64 start, u64 end, Use use);

    /// Free pages, the highest below `below`; they become `taken`. Their content is what it was.
    [[nodiscard]] Outcome<PhysAddr> take(PageCount count, u64 below);

    [[nodiscard]] std::span<const Piece> pieces() const { return {pieces_.data(), count_}; }

    /// As the protocol has it, in ascending order; returns how many entries were written. If they are more
    /// than fit, memory that nobody may use is left out first, then the smallest free pieces.
    [[nodiscard]] u32 write_to(std::span<bootboot::MapEntry> entries) const;

  private:
    void erase(u32 index);
    [[nodiscard]] Outcome<> insert(u32 index, Piece piece);
    void join(u32 index);
    [[nodiscard]] Outcome<u32> cut_out(u64 start, u64 end);

    std::array<Piece, capacity> pieces_{};
    u32 count_ = 0;
};

} // namespace pith::loader
