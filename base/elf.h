#pragma once

#include "base/address.h"
#include "base/bytes.h"

#include <array>
#include <optional>

namespace pith {

/// What a program may ask for.
struct ElfPolicy {
    /// Segments, rounded out to pages, lie in [lowest, last].
    VirtAddr lowest;
    VirtAddr last;
    /// A segment that can be written and executed is taken.
    bool writable_code = false;
    /// Segments elsewhere are passed over (a kernel may carry another entry's trampoline); otherwise refused.
    bool skip_outside = false;

    /// A program in [start, end), each segment either writable or executable.
    [[nodiscard]] static constexpr ElfPolicy user(VirtAddr start, VirtAddr end) {
        return {.lowest = start, .last = {end.raw - 1}};
    }
    /// A BOOTBOOT kernel: one segment for everything in the topmost gigabyte.
    [[nodiscard]] static constexpr ElfPolicy kernel() {
        return {.lowest = {u64{0} - (u64{1} << 30)},
                .last = {~u64{0}},
                .writable_code = true,
                .skip_outside = true};
    }
};

/// A part of the program's memory: `file` at `start`, zeros up to `memory_size`. No two touch the same page.
struct ElfSegment {
    Bytes file;
    VirtAddr start;
    u64 memory_size = 0; ///< never 0, never less than the file's bytes
    bool readable = false;
    bool writable = false;
    bool executable = false;

    [[nodiscard]] constexpr u64 first_page() const { return align_down(start.raw, page_size); }
    /// The last byte of the last page: no end address that could wrap.
    [[nodiscard]] constexpr u64 last_of_pages() const {
        return (start.raw + (memory_size - 1)) | (page_size - 1);
    }
    [[nodiscard]] constexpr bool contains(VirtAddr address) const {
        return address.raw >= start.raw && address.raw - start.raw < memory_size;
    }
};

/// A static ELF64 program for x86_64, taken apart without trusting a byte of it. What decides where memory
/// goes is read once and kept; only the segments' contents and the symbols are borrowed from the file.
class ElfImage {
  public:
    static constexpr std::size_t max_segments = 16;

    /// `bad_format` for what contradicts itself or the policy, `unsupported` for well-formed files of other
    /// kinds (another machine, relocatable, dynamic), `end_of_data` where a range leaves the file.
    [[nodiscard]] static Result<ElfImage> parse(Bytes file, const ElfPolicy& policy);

    [[nodiscard]] VirtAddr entry() const { return entry_; }
    /// What to load, at least one, in the file's order.
    [[nodiscard]] std::span<const ElfSegment> segments() const { return std::span{segments_}.first(count_); }

    /// The value of a defined symbol; the last one of that name, as the BOOTBOOT protocol reads them. A file
    /// without usable symbols has none.
    [[nodiscard]] std::optional<u64> find_symbol(std::string_view name) const;

    struct Place {
        std::string_view name;
        u64 offset;
    };
    /// The function, or label, that `address` lies in.
    [[nodiscard]] std::optional<Place> symbol_at(VirtAddr address) const;

  private:
    ElfImage() = default;
    Result<> read_segments(Bytes file, u64 offset, u64 count, const ElfPolicy& policy);
    Result<> add_segment(const ElfSegment& segment, const ElfPolicy& policy);
    void find_symbol_table(Bytes file, u64 offset, u64 count);
    [[nodiscard]] bool executable_at(VirtAddr address) const;

    std::array<ElfSegment, max_segments> segments_{};
    std::size_t count_ = 0;
    VirtAddr entry_;
    Bytes symbols_;
    std::string_view names_;
};

} // namespace pith
