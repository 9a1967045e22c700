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
    [[nodiscard]] Result<> sync() { return file_.since.sync(file_.client); }
    /// `lost`, once: a server ended before all that was written was safe.
    [[nodiscard]] Result<> check() { return file_.since.check(file_.client); }
    [[nodiscard]] const file::Info& info() const { return file_.info; }
    /// Into the memory's first bytes; how many: fewer than asked for only at the end of the file.
    [[nodiscard]] Result<u64> read(u64 offset, u64 length);
    /// From the memory's first bytes; how many: fewer where space ended. `lost`, once, as with `check`, and
    /// nothing is written.
    [[nodiscard]] Result<u64> write(u64 offset, u64 length);
    /// The same for its size.
    [[nodiscard]] Result<> resize(u64 size) {
        file::Resize message{.size = size};
        TRY(file_.since.change(file_.client, message));
        return {};
    }

  private:
    FileWindow(OpenFile file, os::Memory memory) : file_{std::move(file)}, memory_{std::move(memory)} {}
    /// `through(session)`, or `along()`, which takes the memory along, where a server has lent enough
    /// already.
    [[nodiscard]] Result<u64> transfer(auto&& through, auto&& along);
    [[nodiscard]] Result<> lend();

    OpenFile file_;
    os::Memory memory_;
    std::optional<file::Client> session_{};
};

} // namespace pith::proto
