#include "base/archive.h"

#include "base/archive_formats.h"

namespace pith {

using archive_detail::Step;

namespace archive_detail {

Result<u64> parse_digits(std::string_view digits, u64 base) {
    u64 value = 0;
    for (const char c : digits) {
        u64 digit = base;
        if (c >= '0' && c <= '9') digit = static_cast<u64>(c - '0');
        if (c >= 'a' && c <= 'f') digit = static_cast<u64>(c - 'a') + 10;
        if (c >= 'A' && c <= 'F') digit = static_cast<u64>(c - 'A') + 10;
        if (digit >= base) return fail(Error::bad_format);
        value = TRY(checked_multiply(value, base));
        value = TRY(checked_add(value, digit));
    }
    return value;
}

std::string_view plain_name(std::string_view name) {
    while (name.starts_with("./"))
        name.remove_prefix(2);
    while (name.size() > 1 && name.ends_with('/'))
        name.remove_suffix(1);
    return name == "." ? std::string_view{} : name;
}

} // namespace archive_detail

Result<Archive> Archive::open(Bytes bytes) {
    if (archive_detail::is_cpio_new(bytes)) return Archive{bytes, Format::cpio_new};
    if (archive_detail::is_cpio_octal(bytes)) return Archive{bytes, Format::cpio_octal};
    if (archive_detail::is_tar(bytes)) return Archive{bytes, Format::tar};
    return fail(Error::unsupported);
}

Result<std::optional<ArchiveEntry>> Archive::Cursor::next() {
    while (true) {
        const auto step = [&] -> Result<Step> {
            switch (format_) {
            case Format::tar: return archive_detail::tar_step(bytes_, at_);
            case Format::cpio_new: return archive_detail::cpio_new_step(bytes_, at_);
            case Format::cpio_octal: return archive_detail::cpio_octal_step(bytes_, at_);
            }
        }();
        if (!step) return fail(step.error());
        if (step->end) return std::nullopt;
        at_ = step->next;
        if (step->entry) return *step->entry;
    }
}

Result<ArchiveEntry> Archive::find(std::string_view name) const {
    const std::string_view wanted = archive_detail::plain_name(name);
    Cursor cursor = entries();
    while (true) {
        const std::optional<ArchiveEntry> entry = TRY(cursor.next());
        if (!entry) return fail(Error::not_found);
        if (entry->name == wanted) return *entry;
    }
}

Result<Bytes> Archive::read(std::string_view name) const {
    const ArchiveEntry entry = TRY(find(name));
    if (entry.kind == ArchiveEntry::Kind::directory) return fail(Error::is_directory);
    return entry.content;
}

} // namespace pith
