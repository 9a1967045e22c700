#pragma once

#include "os/mapping.h"
#include "proto/files.h"

#include <optional>

namespace pith::proto {

/// A file that is read and written through memory which its server can reach, too: one short message for each
/// part, and its bytes are copied once. Survives the server.
class FileWindow {
  public:
    /// `memory` must be whole pages that stay; several files may share it.
    [[nodiscard]] static Result<FileWindow> open(OpenFile file, const os::Memory& memory);

    /// All that was written to its file system is safe from a power cut.
    [[nodiscard]] Result<> sync() const {
        TRY(file_.client.call(file::Sync{}));
        return {};
    }
    [[nodiscard]] const file::Info& info() const { return file_.info; }
    /// Into the memory's first bytes; how many: fewer than asked for only at the end of the file.
    [[nodiscard]] Result<u64> read(u64 offset, u64 length) {
        return transfer(file::ReadLent{offset, length}, file::ReadInto{offset, length});
    }
    /// From the memory's first bytes; how many: fewer where space ended.
    [[nodiscard]] Result<u64> write(u64 offset, u64 length) {
        return transfer(file::WriteLent{offset, length}, file::WriteFrom{offset, length});
    }

  private:
    FileWindow(OpenFile file, os::Memory memory) : file_{std::move(file)}, memory_{std::move(memory)} {}
    /// `lent`, or `sent`, which takes the memory along, where a server has lent enough already.
    template <class Lent, class Sent>
    [[nodiscard]] Result<u64> transfer(const Lent& lent, const Sent& sent);
    [[nodiscard]] Result<> lend();

    OpenFile file_;
    os::Memory memory_;
    std::optional<file::Client> session_{};
};

} // namespace pith::proto
