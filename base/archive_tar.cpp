#include "base/archive_formats.h"

namespace pith::archive_detail {
namespace {

constexpr u64 block_size = 512;

/// POSIX.1-2017, pax, "ustar Interchange Format".
struct TarHeader {
    std::array<char, 100> name;
    std::array<char, 8> mode;
    std::array<char, 8> uid;
    std::array<char, 8> gid;
    std::array<char, 12> size;
    std::array<char, 12> modified;
    std::array<char, 8> checksum;
    char type;
    std::array<char, 100> link;
    std::array<char, 6> magic;
    std::array<char, 2> version;
    std::array<char, 32> user;
    std::array<char, 32> group;
    std::array<char, 8> device_major;
    std::array<char, 8> device_minor;
    std::array<char, 155> prefix;
    std::array<char, 12> padding;
};
static_assert(sizeof(TarHeader) == block_size);
constexpr u64 checksum_offset = offsetof(TarHeader, checksum);

template <std::size_t N>
std::string_view field_text(const std::array<char, N>& field) {
    const std::string_view all{field.data(), N};
    return all.substr(0, all.find('\0'));
}

/// Octal digits between blanks and NULs. Empty counts as zero, as in entries that need no size.
template <std::size_t N>
Result<u64> field_number(const std::array<char, N>& field) {
    std::string_view text{field.data(), N};
    if ((static_cast<u8>(field[0]) & 0x80) != 0)
        return fail(Error::unsupported); // GNU's binary form, from 8 GiB
    text = text.substr(0, text.find('\0'));
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return parse_digits(text, 8);
}

bool is_zero(Bytes block) {
    for (const std::byte b : block)
        if (b != std::byte{0}) return false;
    return true;
}

/// The sum of all the header's bytes, the checksum's own counted as blanks.
u64 sum_of(Bytes block) {
    u64 sum = 0;
    for (u64 i = 0; i < block_size; ++i) {
        const bool own = i >= checksum_offset && i < checksum_offset + sizeof(TarHeader::checksum);
        sum += own ? u64{' '} : std::to_integer<u64>(block[i]);
    }
    return sum;
}

Result<TarHeader> read_header(Bytes block) {
    const auto header = TRY(read_at<TarHeader>(block, 0));
    if (std::string_view{header.magic.data(), 5} != "ustar") return fail(Error::bad_format);
    if (TRY(field_number(header.checksum)) != sum_of(block)) return fail(Error::bad_format);
    return header;
}

/// Whether an extended header gives the following entry a name that its own header cannot hold.
bool renames_next(const TarHeader& header, Bytes content) {
    if (header.type == 'L') return true;
    return header.type == 'x' && as_text(content).find(" path=") != std::string_view::npos;
}

bool has_content(char type) { return type < '1' || type > '6'; }

std::optional<ArchiveEntry> entry_of(const TarHeader& header, Bytes content) {
    const bool file = header.type == '0' || header.type == '\0' || header.type == '7';
    if (!file && header.type != '5') return std::nullopt;
    Text<ArchiveEntry::max_name> whole;
    // GNU's own dialect ("ustar  ") keeps other things where the prefix would be.
    const std::string_view prefix = header.magic[5] == '\0' ? field_text(header.prefix) : std::string_view{};
    if (!prefix.empty()) whole.append(prefix).append('/');
    whole.append(field_text(header.name));
    const std::string_view name = plain_name(whole);
    if (name.empty()) return std::nullopt;
    const bool directory = header.type == '5' || whole.view().ends_with('/');
    return ArchiveEntry{.name = Text<ArchiveEntry::max_name>{name},
                        .kind = directory ? ArchiveEntry::Kind::directory : ArchiveEntry::Kind::file,
                        .content = directory ? Bytes{} : content};
}

/// The header at `at` with its content, and where the next one is.
struct Member {
    TarHeader header;
    Bytes content;
    u64 next;
};
Result<Member> member_at(Bytes bytes, Bytes block, u64 at) {
    const TarHeader header = TRY(read_header(block));
    const u64 size = has_content(header.type) ? TRY(field_number(header.size)) : 0;
    const Bytes content = TRY(part_of(bytes, at + block_size, size));
    return Member{header, content, at + block_size + align_up(size, block_size)};
}

} // namespace

bool is_tar(Bytes bytes) {
    const auto block = part_of(bytes, 0, block_size);
    return block && (is_zero(*block) || read_header(*block));
}

Result<Step> tar_step(Bytes bytes, u64 at) {
    bool renamed = false;
    while (true) {
        const Bytes block = TRY(part_of(bytes, at, block_size));
        if (is_zero(block)) return Step{.entry = {}, .next = at, .end = true};
        const Member member = TRY(member_at(bytes, block, at));
        at = member.next;
        const char type = member.header.type;
        if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
            renamed = renamed || renames_next(member.header, member.content);
            continue;
        }
        // An entry whose real name we did not read must not be found under the shortened one.
        if (renamed) return Step{.entry = {}, .next = at, .end = false};
        return Step{.entry = entry_of(member.header, member.content), .next = at, .end = false};
    }
}

} // namespace pith::archive_detail
