#pragma once

#include "base/archive.h"

/// What archive.cpp asks of each format.
namespace pith::archive_detail {

/// One step through an archive: an entry to show, or none (passed over, or the end), and where to go on.
struct Step {
    std::optional<ArchiveEntry> entry;
    u64 next = 0;
    bool end = false;
};

[[nodiscard]] bool is_tar(Bytes bytes);
[[nodiscard]] Result<Step> tar_step(Bytes bytes, u64 at);

[[nodiscard]] bool is_cpio_new(Bytes bytes);
[[nodiscard]] Result<Step> cpio_new_step(Bytes bytes, u64 at);
[[nodiscard]] bool is_cpio_octal(Bytes bytes);
[[nodiscard]] Result<Step> cpio_octal_step(Bytes bytes, u64 at);

/// A number in a field of digits of `base` (8 or 16, either case). Every character must be a digit.
[[nodiscard]] Result<u64> parse_digits(std::string_view digits, u64 base);

/// Without leading "./" and without final "/".
[[nodiscard]] std::string_view plain_name(std::string_view name);

} // namespace pith::archive_detail
