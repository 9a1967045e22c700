#include "loader/memory_map.h"

#include <algorithm>
#include <optional>

namespace pith::loader {

namespace {

constexpr std::array ascending{Use::free, Use::later, Use::acpi, Use::mmio, Use::used, Use::taken};

/// Whole pages of a piece the firmware named, or nothing if no page remains.
std::optional<Piece> whole_pages(Piece piece) {
    const u64 end = std::min(piece.end, MemoryMap::limit);
    if (piece.start >= end) return std::nullopt;
    const bool shrink = piece.use == Use::free || piece.use == Use::later;
    const Piece whole = shrink
                            ? Piece{align_up(piece.start, page_size), align_down(end, page_size), piece.use}
                            : Piece{align_down(piece.start, page_size), align_up(end, page_size), piece.use};
    if (whole.start >= whole.end) return std::nullopt;
    return whole;
}

/// The kind that the kernel is told, or nothing if it is not told of such memory.
std::optional<bootboot::MemoryKind> told_kind(Use use) {
    switch (use) {
    case Use::free:
    case Use::later: return bootboot::MemoryKind::free;
    case Use::acpi: return bootboot::MemoryKind::acpi;
    case Use::mmio: return bootboot::MemoryKind::mmio;
    case Use::used: return bootboot::MemoryKind::used;
    case Use::taken: return std::nullopt;
    }
    return std::nullopt;
}

bool same_kind(const bootboot::MapEntry& a, const bootboot::MapEntry& b) { return a.kind() == b.kind(); }

/// The entry whose loss costs least.
u32 least_valuable(std::span<const bootboot::MapEntry> entries) {
    const auto worth = [](const bootboot::MapEntry& entry) -> u64 {
        switch (entry.kind()) {
        case bootboot::MemoryKind::used: return 0;
        case bootboot::MemoryKind::mmio: return 1;
        case bootboot::MemoryKind::free: return entry.size();
        case bootboot::MemoryKind::acpi: return ~u64{0};
        }
        return 0;
    };
    u32 least = 0;
    for (u32 i = 1; i < entries.size(); ++i)
        if (worth(entries[i]) < worth(entries[least])) least = i;
    return least;
}

} // namespace

Outcome<MemoryMap> MemoryMap::from_firmware(std::span<const Piece> pieces) {
    MemoryMap map;
    for (const Use use : ascending)
        for (const Piece& piece : pieces) {
            if (piece.use != use) continue;
            if (const auto whole = whole_pages(piece)) TRY(map.paint(whole->start, whole->end, use));
        }
    TRY(map.paint(0, page_size, Use::used));
    return map;
}

Outcome<> MemoryMap::paint(u64 start, u64 end, Use use) {
    start = align_down(start, page_size);
    end = align_up(std::min(end, limit), page_size);
    if (start >= end) return {};
    const u32 index = TRY(cut_out(start, end));
    TRY(insert(index, {start, end, use}));
    join(index);
    if (index > 0) join(index - 1);
    return {};
}

Outcome<PhysAddr> MemoryMap::take(PageCount count, u64 below) {
    if (count.raw == 0 || count.raw > (limit >> page_shift)) return give_up("not enough memory");
    for (u32 i = count_; i-- > 0;) {
        const Piece& piece = pieces_[i];
        const u64 end = std::min(piece.end, align_down(below, page_size));
        if (piece.use != Use::free || end <= piece.start || end - piece.start < count.bytes()) continue;
        const u64 start = end - count.bytes();
        TRY(paint(start, end, Use::taken));
        return PhysAddr{start};
    }
    return give_up("not enough memory");
}

u32 MemoryMap::write_to(std::span<bootboot::MapEntry> entries) const {
    std::array<bootboot::MapEntry, capacity> told;
    u32 count = 0;
    for (const Piece& piece : pieces()) {
        const auto kind = told_kind(piece.use);
        if (!kind) continue;
        const bootboot::MapEntry entry{{piece.start}, piece.size() | static_cast<u64>(*kind)};
        bootboot::MapEntry* last = count > 0 ? &told[count - 1] : nullptr;
        if (last != nullptr && same_kind(*last, entry) && last->base.raw + last->size() == piece.start)
            last->size_and_kind += piece.size();
        else
            told[count++] = entry;
    }
    while (count > entries.size()) {
        const u32 victim = least_valuable({told.data(), count});
        std::copy(told.begin() + victim + 1, told.begin() + count, told.begin() + victim);
        --count;
    }
    std::copy(told.begin(), told.begin() + count, entries.begin());
    return count;
}

void MemoryMap::erase(u32 index) {
    std::copy(pieces_.begin() + index + 1, pieces_.begin() + count_, pieces_.begin() + index);
    --count_;
}

Outcome<> MemoryMap::insert(u32 index, Piece piece) {
    if (count_ == capacity) return give_up("the firmware's memory map is too long");
    std::copy_backward(pieces_.begin() + index, pieces_.begin() + count_, pieces_.begin() + count_ + 1);
    pieces_[index] = piece;
    ++count_;
    return {};
}

/// Makes one piece of `index` and its successor if they touch and are used alike.
void MemoryMap::join(u32 index) {
    if (index + 1 >= count_) return;
    const Piece& next = pieces_[index + 1];
    if (pieces_[index].end != next.start || pieces_[index].use != next.use) return;
    pieces_[index].end = next.end;
    erase(index + 1);
}

/// Leaves no piece in [start, end); returns where in the list such a piece belongs.
Outcome<u32> MemoryMap::cut_out(u64 start, u64 end) {
    u32 i = 0;
    while (i < count_ && pieces_[i].end <= start)
        ++i;
    while (i < count_ && pieces_[i].start < end) {
        const Piece piece = pieces_[i];
        erase(i);
        if (piece.end > end) TRY(insert(i, {end, piece.end, piece.use}));
        if (piece.start < start) TRY(insert(i++, {piece.start, start, piece.use}));
        if (piece.end > end) break;
    }
    return i;
}

} // namespace pith::loader
