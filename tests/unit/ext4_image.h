#pragma once

#include "disk_image.h"
#include "servers/ext4/file_system.h"

#include <gtest/gtest.h>

#include <memory>
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

/// An image, its disk, and its file system mounted.
struct Mounted {
    explicit Mounted(const Image& image, u64 memory_bytes = u64{4} << 20)
        : image{image}, disk{image.path(), memory_bytes} {
        mount();
    }
    void mount() {
        files.reset();
        report = {};
        auto made = FileSystem::mount(disk, 0, report);
        ASSERT_TRUE(made) << describe(made.error());
        files = std::move(*made);
    }
    void unmount() {
        ASSERT_TRUE(files->sync());
        files.reset();
        image.check();
    }
    FileSystem* operator->() const { return files.get(); }

    const Image& image;
    ImageDisk disk;
    MountReport report{};
    std::unique_ptr<FileSystem> files;
};

} // namespace pith::ext4
