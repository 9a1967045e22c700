#pragma once

#include "base/bytes.h"
#include "proto/file.h"
#include "proto/file_badge.h"
#include "servers/disk_files/disk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace pith::disk_files {

/// A command of the host: its exit status, and what it said.
struct Said {
    int status;
    std::string text;
};
Said run(const std::string& command);

/// A new empty file, gone with this.
class TemporaryFile {
  public:
    TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    ~TemporaryFile();
    [[nodiscard]] const std::string& path() const { return path_; }

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

template <class T>
[[nodiscard]] Error error_of(const Result<T>& result) {
    return result ? Error{} : result.error();
}

/// What a sequence by chance begins with: the same in every run, but with --gtest_random_seed=N.
[[nodiscard]] u32 chance(u32 usual);

/// The disk as a power cut can leave it: all that was flushed, and of what came later any part, in any order.
/// `sector`: so many bytes are written as a whole, or not at all.
void cut_power(const std::string& path, std::span<const ImageDisk::Write> writes, u64 sector,
               std::mt19937& random);
/// Where the writes went, what is in `before` is there again.
void undo(const std::string& path, const std::string& before, std::span<const ImageDisk::Write> writes);

template <class FileSystem>
proto::file::Inode make(FileSystem& files, proto::file::Inode directory, std::string_view name,
                        proto::file::Kind kind = proto::file::Kind::file, std::string_view target = {}) {
    const auto inode = files.create(directory, name, kind, target);
    EXPECT_TRUE(inode) << name << ": " << describe(inode.error());
    return inode ? *inode : proto::file::Inode{};
}

template <class FileSystem>
void write(FileSystem& files, proto::file::Inode inode, u64 offset, std::string_view text) {
    const auto written = files.write(inode, offset, std::as_bytes(std::span{text}));
    ASSERT_TRUE(written) << describe(written.error());
    ASSERT_EQ(*written, text.size());
}

template <class FileSystem>
[[nodiscard]] std::string content(FileSystem& files, proto::file::Inode inode) {
    const auto about = files.info(inode);
    if (!about) return "no inode";
    std::string text(about->size, '?');
    EXPECT_EQ(files.read(inode, 0, std::as_writable_bytes(std::span{text})), Result<u64>{text.size()});
    return text;
}

/// The names in a directory, in the order in which they are listed.
template <class FileSystem>
[[nodiscard]] std::vector<std::string> names(FileSystem& files, proto::file::Inode directory) {
    std::vector<std::string> all;
    auto entry = files.list(directory, 0);
    for (; entry; entry = files.list(directory, entry->next))
        all.emplace_back(entry->bytes.view());
    EXPECT_EQ(entry.error(), Error::not_found);
    return all;
}

/// An image, its disk, and its file system mounted. `Image` has a path, and `check()`, which fails the test
/// unless the host finds everything in order.
template <class Image, class FileSystem, class Report>
struct MountedImage {
    explicit MountedImage(const Image& from, u64 memory_bytes = u64{4} << 20,
                          std::vector<ImageDisk::Write>* record = nullptr)
        : image{from}, disk{image.path(), memory_bytes} {
        disk.record = record;
        mount();
    }
    void mount() {
        files.reset();
        report = {};
        auto made = mount_on(disk, report);
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
    Report report{};
    std::unique_ptr<FileSystem> files;
};

/// What was written is there, also for the host's own tools (`host_reads(name)`), and after the next mount.
/// `taken`: a name that cannot be made beside "a".
template <class Mounted>
void holds_what_was_written(Mounted& files, std::string_view taken, auto host_reads) {
    using proto::file::Kind;
    using proto::file::root;
    ASSERT_FALSE(files.report.read_only) << files.report.why;
    const proto::file::Inode file = make(*files.files, root, "a");
    write(*files.files, file, 0, "hello");
    write(*files.files, file, 3, "LOW");
    EXPECT_EQ(content(*files.files, file), "helLOW");
    EXPECT_EQ(error_of(files->create(root, taken, Kind::file, {})), Error::exists);
    files.unmount();
    EXPECT_EQ(host_reads("a"), "helLOW");
    files.mount();
    EXPECT_EQ(content(*files.files, *files->lookup(root, "a")), "helLOW");
}

/// The disk takes so many writes more: there is an error then, and no change succeeds after it.
template <class Mounted>
void fails_for_good(Mounted& files, u64 writes) {
    using proto::file::Kind;
    using proto::file::root;
    files.disk.writes_left = writes;
    Error error{};
    for (int i = 0; i < 400 && error == Error{}; ++i) {
        const auto file = files->create(root, "f" + std::to_string(i), Kind::file, {});
        error = file ? error_of(files->sync()) : file.error();
    }
    EXPECT_EQ(error, Error::input_output);
    EXPECT_EQ(error_of(files->create(root, "more", Kind::file, {})), Error::input_output);
    EXPECT_EQ(files->space().writable, 0);
}

} // namespace pith::disk_files
