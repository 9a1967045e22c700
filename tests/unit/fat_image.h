#pragma once

#include "disk_image.h"
#include "servers/fat/file_system.h"

namespace pith::fat {

/// A file that holds a file system, and is gone with this.
class Image {
  public:
    /// Made by mkfs.fat with these options and size ("64M").
    Image(const std::string& options, const std::string& size);
    [[nodiscard]] const std::string& path() const { return file_.path(); }
    /// Fails the test unless fsck.fat finds nothing.
    void check() const;
    /// Runs a program of mtools on it: `mtools("mcopy", "file ::name")`.
    Said mtools(const std::string& program, const std::string& operands) const;

  private:
    TemporaryFile file_;
};

inline auto mount_on(Disk& disk, MountReport& report) { return FileSystem::mount(disk, report); }
using Mounted = disk_files::MountedImage<Image, FileSystem, MountReport>;

} // namespace pith::fat
