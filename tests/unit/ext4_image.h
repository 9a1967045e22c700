#pragma once

#include "servers/ext4/file_system.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace pith::ext4 {

/// A command of the host: its exit status, and what it said.
struct Said {
    int status;
    std::string text;
};
Said run(const std::string& command);

/// A file that holds a file system, and is gone with this.
class Image {
  public:
    /// Made by mkfs.ext4 with these options and size ("64M").
    Image(const std::string& options, const std::string& size);
    Image(const Image&) = delete;
    ~Image();
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Fails the test unless e2fsck finds nothing.
    void check() const;
    [[nodiscard]] std::string debugfs(const std::string& request, bool writes = false) const;

  private:
    std::string path_;
};

/// A disk that is a file, with memory of its own for the transfers.
class ImageDisk : public Disk {
  public:
    explicit ImageDisk(const std::string& path, u64 memory_bytes = u64{4} << 20);
    ~ImageDisk() override;

    [[nodiscard]] u64 size() const override { return size_; }
    [[nodiscard]] bool is_read_only() const override { return read_only; }
    [[nodiscard]] std::span<std::byte> memory() override { return memory_; }
    [[nodiscard]] Result<> read(std::span<const Piece> pieces) override;
    [[nodiscard]] Result<> write(std::span<const Piece> pieces) override;
    [[nodiscard]] Result<> flush() override;

    bool read_only = false;
    /// From now on, so many more writes succeed.
    u64 writes_left = ~u64{0};
    u64 reads_left = ~u64{0};
    struct Write {
        u64 offset;
        std::vector<std::byte> bytes;
        bool flush; ///< not a write at all
    };
    std::vector<Write>* record = nullptr;

  private:
    int file_;
    u64 size_;
    std::vector<std::byte> memory_;
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

template <class T>
[[nodiscard]] Error error_of(const Result<T>& result) {
    return result ? Error{} : result.error();
}
proto::file::Inode make(FileSystem& files, proto::file::Inode directory, std::string_view name,
                        proto::file::Kind kind = proto::file::Kind::file, std::string_view target = {});
void write(FileSystem& files, proto::file::Inode inode, u64 offset, std::string_view text);
[[nodiscard]] std::string content(FileSystem& files, proto::file::Inode inode);
/// The names in a directory, in the order in which they are listed.
[[nodiscard]] std::vector<std::string> names(FileSystem& files, proto::file::Inode directory);

} // namespace pith::ext4
