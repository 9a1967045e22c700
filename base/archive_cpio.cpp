#include "base/archive_formats.h"

namespace pith::archive_detail {
namespace {

constexpr std::string_view magic_new = "070701";
constexpr std::string_view magic_checked = "070702";
constexpr std::string_view magic_octal = "070707";
constexpr std::string_view end_mark = "TRAILER!!!";

constexpr u64 mode_kind_mask = 0170000;
constexpr u64 mode_file = 0100000;
constexpr u64 mode_directory = 0040000;

/// What both dialects come down to.
struct Member {
    u64 mode;
    std::string_view name;
    Bytes content;
    u64 next;
};

/// The name's stored size counts its final NUL.
Result<std::string_view> stored_name(Bytes bytes, u64 at, u64 size) {
    const std::string_view stored = as_text(TRY(part_of(bytes, at, size)));
    if (stored.empty() || stored.back() != '\0') return fail(Error::bad_format);
    return stored.substr(0, stored.find('\0'));
}

Step step_of(const Member& member) {
    if (member.name == end_mark) return Step{.entry = {}, .next = 0, .end = true};
    Step step{.entry = {}, .next = member.next, .end = false};
    const u64 kind = member.mode & mode_kind_mask;
    const std::string_view name = plain_name(member.name);
    if ((kind != mode_file && kind != mode_directory) || name.empty() || name.size() > ArchiveEntry::max_name)
        return step;
    const bool directory = kind == mode_directory;
    step.entry = ArchiveEntry{.name = Text<ArchiveEntry::max_name>{name},
                              .kind = directory ? ArchiveEntry::Kind::directory : ArchiveEntry::Kind::file,
                              .content = directory ? Bytes{} : member.content};
    return step;
}

/// Thirteen fields of eight hexadecimal digits behind the magic; name and content end on multiples of four.
struct NewHeader {
    static constexpr u64 size = 6 + 13 * 8;
    static Result<u64> field(std::string_view header, u64 number) {
        return parse_digits(header.substr(6 + number * 8, 8), 16);
    }
};

Result<Member> new_member(Bytes bytes, u64 at) {
    const std::string_view header = as_text(TRY(part_of(bytes, at, NewHeader::size)));
    const bool checked = header.starts_with(magic_checked);
    if (!checked && !header.starts_with(magic_new)) return fail(Error::bad_format);
    for (u64 i = 0; i < 13; ++i)
        TRY(NewHeader::field(header, i));
    const u64 name_size = TRY(NewHeader::field(header, 11));
    const u64 size = TRY(NewHeader::field(header, 6));
    const std::string_view name = TRY(stored_name(bytes, at + NewHeader::size, name_size));
    const u64 content_at = align_up(at + NewHeader::size + name_size, 4);
    // The fields have 32 bits and `at` lies in the archive, so none of these sums wraps.
    const Bytes content = size == 0 ? Bytes{} : TRY(part_of(bytes, content_at, size));
    if (checked && name != end_mark) {
        u32 sum = 0;
        for (const std::byte b : content)
            sum += std::to_integer<u32>(b);
        if (size != 0 && sum != TRY(NewHeader::field(header, 12))) return fail(Error::bad_format);
    }
    return Member{TRY(NewHeader::field(header, 1)), name, content, align_up(content_at + size, 4)};
}

/// Fields of octal digits, nothing aligned: magic 6, device, inode, mode, user, group, links, device 6 each,
/// time 11, name's size 6, content's size 11.
Result<Member> octal_member(Bytes bytes, u64 at) {
    constexpr u64 header_size = 76;
    const std::string_view header = as_text(TRY(part_of(bytes, at, header_size)));
    if (!header.starts_with(magic_octal)) return fail(Error::bad_format);
    for (u64 i = 0; i < header_size; i += 19)
        TRY(parse_digits(header.substr(i, 19), 8)); // 57 bits at a time
    const u64 mode = TRY(parse_digits(header.substr(18, 6), 8));
    const u64 name_size = TRY(parse_digits(header.substr(59, 6), 8));
    const u64 size = TRY(parse_digits(header.substr(65, 11), 8));
    const std::string_view name = TRY(stored_name(bytes, at + header_size, name_size));
    const u64 content_at = at + header_size + name_size;
    return Member{mode, name, TRY(part_of(bytes, content_at, size)), content_at + size};
}

} // namespace

bool is_cpio_new(Bytes bytes) {
    return (as_text(bytes).starts_with(magic_new) || as_text(bytes).starts_with(magic_checked)) &&
           new_member(bytes, 0);
}

Result<Step> cpio_new_step(Bytes bytes, u64 at) { return step_of(TRY(new_member(bytes, at))); }

bool is_cpio_octal(Bytes bytes) { return as_text(bytes).starts_with(magic_octal) && octal_member(bytes, 0); }

Result<Step> cpio_octal_step(Bytes bytes, u64 at) { return step_of(TRY(octal_member(bytes, at))); }

} // namespace pith::archive_detail
