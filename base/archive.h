#pragma once

#include "base/bytes.h"
#include "base/text.h"

#include <optional>

namespace pith {

/// One file or directory of an archive. The content is borrowed from the archive.
struct ArchiveEntry {
    enum class Kind : u8 { file, directory };
    /// What both parts of a tar header's name can hold.
    static constexpr std::size_t max_name = 256;

    /// Relative, without a leading "./" or a final "/"; otherwise as written: ".." is the reader's to judge.
    Text<max_name> name;
    Kind kind = Kind::file;
    Bytes content;
};

/// Read-only view of a tar (ustar and its GNU and pax dialects) or cpio (newc, crc, odc) archive. The archive
/// ends at its own end mark, whatever follows it.
class Archive {
  public:
    enum class Format : u8 { tar, cpio_new, cpio_octal };

    /// Checks the format by the first header; `unsupported` for anything else.
    [[nodiscard]] static Result<Archive> open(Bytes bytes);

    /// A place in the archive. Links, devices and entries whose name does not fit are passed over.
    class Cursor {
      public:
        /// The next entry, nothing after the last, or what is wrong with the archive at this place (and then
        /// the same again).
        [[nodiscard]] Result<std::optional<ArchiveEntry>> next();

      private:
        friend class Archive;
        Cursor(Bytes bytes, Format format) : bytes_{bytes}, format_{format} {}

        Bytes bytes_;
        u64 at_ = 0;
        Format format_;
    };
    [[nodiscard]] Cursor entries() const { return {bytes_, format_}; }

    /// The first entry of exactly this name (a leading "./" is ignored), or `not_found`.
    [[nodiscard]] Result<ArchiveEntry> find(std::string_view name) const;
    /// The content of a file, or `not_found`, or `is_directory`.
    [[nodiscard]] Result<Bytes> read(std::string_view name) const;

    [[nodiscard]] Format format() const { return format_; }

  private:
    Archive(Bytes bytes, Format format) : bytes_{bytes}, format_{format} {}

    Bytes bytes_;
    Format format_;
};

} // namespace pith
