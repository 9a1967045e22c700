#pragma once

#include "disk_image.h"
#include "servers/ext4/file_system.h"

#include <string>

namespace pith::ext4 {

/// A file that holds a file system, and is gone with this.
class Image {
  public:
    /// Made by mkfs.ext4 with these options and size ("64M").
    Image(const std::string& options, const std::string& size);
    [[nodiscard]] const std::string& path() const { return file_.path(); }
    /// Fails the test unless e2fsck finds nothing.
    void check() const;
    [[nodiscard]] std::string debugfs(const std::string& request, bool writes = false) const;

  private:
    TemporaryFile file_;
};

inline auto mount_on(Disk& disk, MountReport& report) { return FileSystem::mount(disk, WallTime{}, report); }
using Mounted = disk_files::MountedImage<Image, FileSystem, MountReport>;

} // namespace pith::ext4
