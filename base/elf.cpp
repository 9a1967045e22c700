#include "base/elf.h"

#include "base/result.h"

namespace pith {
namespace {

// The structures and numbers of the System V ABI, chapters 4 and 5, in their 64-bit form.
struct FileHeader {
    std::array<u8, 16> ident;
    u16 type;
    u16 machine;
    u32 version;
    u64 entry;
    u64 segment_offset;
    u64 section_offset;
    u32 flags;
    u16 header_size;
    u16 segment_entry_size;
    u16 segment_count;
    u16 section_entry_size;
    u16 section_count;
    u16 names_section;
};
static_assert(sizeof(FileHeader) == 64);

struct SegmentHeader {
    u32 type;
    u32 flags;
    u64 offset;
    u64 virtual_address;
    u64 physical_address;
    u64 file_size;
    u64 memory_size;
    u64 alignment;
};
static_assert(sizeof(SegmentHeader) == 56);

struct SectionHeader {
    u32 name;
    u32 type;
    u64 flags;
    u64 address;
    u64 offset;
    u64 size;
    u32 link;
    u32 info;
    u64 alignment;
    u64 entry_size;
};
static_assert(sizeof(SectionHeader) == 64);

struct Symbol {
    u32 name;
    u8 info;
    u8 other;
    u16 section;
    u64 value;
    u64 size;

    [[nodiscard]] u8 type() const { return info & 15; }
};
static_assert(sizeof(Symbol) == 24);

constexpr std::array<u8, 7> expected_ident{0x7f, 'E', 'L', 'F', 2 /* 64 bits */, 1 /* little endian */, 1};
constexpr u16 type_executable = 2;
constexpr u16 machine_x86_64 = 62;
constexpr u16 max_segment_headers = 128;
constexpr u32 segment_load = 1;
constexpr u32 segment_interpreter = 3;
constexpr u32 flag_execute = 1;
constexpr u32 flag_write = 2;
constexpr u32 flag_read = 4;
constexpr u32 section_symbols = 2;
constexpr u32 section_strings = 3;
constexpr u16 section_undefined = 0;
constexpr u16 section_reserved = 0xff00; // from here on the numbers name no section
constexpr u8 symbol_untyped = 0;
constexpr u8 symbol_function = 2;

Result<FileHeader> read_header(Bytes file) {
    const auto header = TRY(read_at<FileHeader>(file, 0));
    for (std::size_t i = 0; i < 4; ++i)
        if (header.ident[i] != expected_ident[i]) return fail(Error::bad_format);
    for (std::size_t i = 4; i < expected_ident.size(); ++i)
        if (header.ident[i] != expected_ident[i]) return fail(Error::unsupported);
    if (header.type != type_executable || header.machine != machine_x86_64) return fail(Error::unsupported);
    if (header.version != 1 || header.header_size != sizeof(FileHeader)) return fail(Error::bad_format);
    if (header.segment_count == 0 || header.segment_entry_size != sizeof(SegmentHeader))
        return fail(Error::bad_format);
    if (header.segment_count > max_segment_headers) return fail(Error::too_large);
    return header;
}

/// The name at an offset, if it ends within the table.
std::optional<std::string_view> name_at(std::string_view names, u32 offset) {
    if (offset >= names.size()) return std::nullopt;
    const std::string_view rest = names.substr(offset);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    return rest.substr(0, end);
}

/// What one header says, as far as it can be checked alone.
Result<ElfSegment> check_segment(Bytes file, const SegmentHeader& header) {
    if (header.file_size > header.memory_size) return fail(Error::bad_format);
    const Bytes content = TRY(part_of(file, header.offset, header.file_size));
    TRY(checked_add(header.virtual_address, header.memory_size - 1));
    if (header.alignment > 1) {
        if (!std::has_single_bit(header.alignment)) return fail(Error::bad_format);
        if (!is_aligned(header.virtual_address - header.offset, header.alignment))
            return fail(Error::bad_format);
    }
    return ElfSegment{.file = content,
                      .start = {header.virtual_address},
                      .memory_size = header.memory_size,
                      .readable = (header.flags & flag_read) != 0,
                      .writable = (header.flags & flag_write) != 0,
                      .executable = (header.flags & flag_execute) != 0};
}

} // namespace

Result<ElfImage> ElfImage::parse(Bytes file, const ElfPolicy& policy) {
    const FileHeader header = TRY(read_header(file));
    ElfImage image;
    image.entry_ = {header.entry};
    TRY(image.read_segments(file, header.segment_offset, header.segment_count, policy));
    if (!image.executable_at(image.entry_)) return fail(Error::bad_format);
    if (header.section_entry_size == sizeof(SectionHeader))
        image.find_symbol_table(file, header.section_offset, header.section_count);
    return image;
}

Result<> ElfImage::read_segments(Bytes file, u64 offset, u64 count, const ElfPolicy& policy) {
    const Bytes table = TRY(part_of(file, offset, count * sizeof(SegmentHeader)));
    for (u64 i = 0; i < count; ++i) {
        const auto header = TRY(read_at<SegmentHeader>(table, i * sizeof(SegmentHeader)));
        if (header.type == segment_interpreter) return fail(Error::unsupported);
        if (header.type != segment_load) continue;
        if (header.memory_size == 0 && header.file_size == 0) continue;
        const ElfSegment segment = TRY(check_segment(file, header));
        TRY(add_segment(segment, policy));
    }
    return {};
}

Result<> ElfImage::add_segment(const ElfSegment& segment, const ElfPolicy& policy) {
    if (segment.first_page() < policy.lowest.raw || segment.last_of_pages() > policy.last.raw) {
        if (policy.skip_outside) return {};
        return fail(Error::bad_format);
    }
    if (segment.writable && segment.executable && !policy.writable_code) return fail(Error::bad_format);
    for (const ElfSegment& other : segments()) {
        const bool apart =
            segment.last_of_pages() < other.first_page() || other.last_of_pages() < segment.first_page();
        if (!apart) return fail(Error::bad_format);
    }
    if (count_ == max_segments) return fail(Error::too_large);
    segments_[count_++] = segment;
    return {};
}

bool ElfImage::executable_at(VirtAddr address) const {
    for (const ElfSegment& segment : segments())
        if (segment.executable && segment.contains(address)) return true;
    return false;
}

/// Nothing that runs depends on symbols, so a table that is wrong counts as none.
void ElfImage::find_symbol_table(Bytes file, u64 offset, u64 count) {
    const auto table = part_of(file, offset, count * sizeof(SectionHeader));
    if (!table) return;
    for (u64 i = 0; i < count; ++i) {
        const auto section = read_at<SectionHeader>(*table, i * sizeof(SectionHeader));
        if (!section || section->type != section_symbols || section->entry_size != sizeof(Symbol)) continue;
        const auto strings = read_at<SectionHeader>(*table, u64{section->link} * sizeof(SectionHeader));
        if (!strings || strings->type != section_strings) return;
        const auto symbols = part_of(file, section->offset, section->size);
        const auto names = part_of(file, strings->offset, strings->size);
        if (!symbols || !names) return;
        symbols_ = *symbols;
        names_ = as_text(*names);
        return;
    }
}

std::optional<u64> ElfImage::find_symbol(std::string_view name) const {
    std::optional<u64> found;
    for (u64 at = 0; within(at, sizeof(Symbol), symbols_.size()); at += sizeof(Symbol)) {
        const auto symbol = read_at<Symbol>(symbols_, at);
        if (!symbol || symbol->section == section_undefined) continue;
        if (name_at(names_, symbol->name) == name) found = symbol->value;
    }
    return found;
}

std::optional<ElfImage::Place> ElfImage::symbol_at(VirtAddr address) const {
    std::optional<Place> best;
    for (u64 at = 0; within(at, sizeof(Symbol), symbols_.size()); at += sizeof(Symbol)) {
        const auto symbol = read_at<Symbol>(symbols_, at);
        if (!symbol || symbol->section == section_undefined || symbol->section >= section_reserved) continue;
        if (symbol->type() != symbol_function && symbol->type() != symbol_untyped) continue;
        if (symbol->value > address.raw) continue;
        const u64 offset = address.raw - symbol->value;
        if (symbol->size != 0 && offset >= symbol->size) continue;
        const auto name = name_at(names_, symbol->name);
        if (!name || name->empty()) continue;
        const bool nearer = !best || offset < best->offset;
        const bool same_but_typed = best && offset == best->offset && symbol->type() == symbol_function;
        if (nearer || same_but_typed) best = Place{*name, offset};
    }
    return best;
}

} // namespace pith
