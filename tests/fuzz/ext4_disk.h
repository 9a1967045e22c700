#pragma once

#include "servers/ext4/file_system.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace pith::ext4 {

/// A disk in memory that goes back to what it was: only the blocks that were written since are copied.
class FuzzDisk : public Disk {
  public:
    static constexpr u64 block = 1024;

    explicit FuzzDisk(std::vector<std::byte> content)
        : base_{std::move(content)}, now_{base_}, memory_(cache_bytes) {}

    [[nodiscard]] u64 size() const override { return now_.size(); }
    [[nodiscard]] bool is_read_only() const override { return false; }
    [[nodiscard]] std::span<std::byte> memory() override { return memory_; }
    [[nodiscard]] Result<> read(std::span<const Piece> pieces) override {
        for (const Piece& piece : pieces) {
            check(piece);
            if (!within(piece.offset, piece.bytes.size(), now_.size())) return fail(Error::end_of_data);
            std::memcpy(piece.bytes.data(), now_.data() + piece.offset, piece.bytes.size());
        }
        return {};
    }
    [[nodiscard]] Result<> write(std::span<const Piece> pieces) override {
        for (const Piece& piece : pieces) {
            check(piece);
            if (!within(piece.offset, piece.bytes.size(), now_.size())) return fail(Error::end_of_data);
            put(piece.offset, piece.bytes);
        }
        return {};
    }
    [[nodiscard]] Result<> flush() override { return {}; }

    void put(u64 offset, std::span<const std::byte> bytes) {
        for (u64 at = offset / block; at * block < offset + bytes.size(); ++at)
            touched_.push_back(at);
        std::memcpy(now_.data() + offset, bytes.data(), bytes.size());
    }
    void restore() {
        for (const u64 at : touched_)
            std::memcpy(now_.data() + at * block, base_.data() + at * block, block);
        touched_.clear();
    }
    [[nodiscard]] const std::vector<std::byte>& content() const { return now_; }

  private:
    static constexpr u64 cache_bytes = u64{512} << 10;
    void check(const Piece& piece) const {
        const auto offset = static_cast<u64>(piece.bytes.data() - memory_.data());
        if (!within(offset, piece.bytes.size(), memory_.size())) std::abort(); // not the disk's to reach
    }

    std::vector<std::byte> base_, now_, memory_;
    std::vector<u64> touched_;
};

/// An image with something of everything in it, and which of its blocks are worth changing.
class FuzzImage {
  public:
    /// `unfinished`: the journal has what is not yet where it belongs. `options`: mkfs.ext4's.
    FuzzImage(const std::string& options, bool unfinished) : disk_{make(options, unfinished)} {
        const auto& bytes = disk_.content();
        for (u64 at = 0; at < bytes.size(); at += FuzzDisk::block)
            if (std::ranges::any_of(std::span{bytes}.subspan(at, FuzzDisk::block),
                                    [](std::byte byte) { return byte != std::byte{}; }))
                blocks_.push_back(at);
    }
    [[nodiscard]] FuzzDisk& disk() { return disk_; }

    /// Changes, one behind the other: which block (2 bytes), where in it (2 bytes), how many bytes, these.
    void change(std::span<const u8> input) {
        while (input.size() > 5) {
            const u64 block = blocks_[(input[0] | u64{input[1]} << 8) % blocks_.size()];
            const u64 offset = (input[2] | u64{input[3]} << 8) % FuzzDisk::block;
            const u64 length = std::min({u64{input[4]}, input.size() - 5, FuzzDisk::block - offset});
            disk_.put(block + offset, std::as_bytes(input.subspan(5, length)));
            input = input.subspan(5 + length);
        }
    }

  private:
    [[nodiscard]] static std::vector<std::byte> make(const std::string& options, bool unfinished);
    static void fill(FileSystem& files);

    FuzzDisk disk_;
    std::vector<u64> blocks_; ///< that are not all zeros
};

inline void require(bool condition) {
    if (!condition) std::abort();
}

inline std::vector<std::byte> FuzzImage::make(const std::string& options, bool unfinished) {
    std::string path = "/tmp/pith-fuzz-" + std::string(6, 'X');
    const int file = mkstemp(path.data());
    require(file >= 0);
    const std::string command = "PATH=$PATH:/usr/sbin:/sbin; truncate -s 4M " + path +
                                " && mkfs.ext4 -q -F -b 1024 -N 512 -J size=1 " + options + " " + path +
                                " 2>&1";
    require(std::system(command.c_str()) == 0);
    std::ifstream stream{path, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{stream}, {}};
    std::remove(path.c_str());
    const Bytes bytes = std::as_bytes(std::span{text});
    FuzzDisk disk{{bytes.begin(), bytes.end()}};
    MountReport report{};
    const auto files = FileSystem::mount(disk, 1, report);
    require(files && (*files)->writable());
    fill(**files);
    require((*files)->sync().has_value());
    if (unfinished) { // made, changed and removed again, in several transactions
        for (int i = 0; i < 6; ++i) {
            const auto inode =
                (*files)->create(proto::file::root, "late" + std::to_string(i), proto::file::Kind::file, {});
            require(inode && (*files)->write(*inode, 0, std::as_bytes(std::span{command})));
            if (i % 2 == 0)
                require((*files)->remove(proto::file::root, "many", proto::file::Kind::file) || i > 0);
            require((*files)->commit().has_value());
        }
    }
    return disk.content(); // as a power cut would leave it
}

inline void FuzzImage::fill(FileSystem& files) {
    using proto::file::Kind;
    using proto::file::root;
    const std::string text(3000, 'x');
    const auto large = *files.create(root, "directory", Kind::directory, {});
    for (int i = 0; i < 40; ++i)
        require(
            files.create(large, "a-name-of-some-length-" + std::to_string(i), Kind::file, {}).has_value());
    const auto many = *files.create(root, "many", Kind::file, {});
    for (u64 i = 0; i < 40; ++i) // with holes, so that its extents need a tree
        require(files.write(many, i * 4096, std::as_bytes(std::span{text}.first(900))).has_value());
    const auto file = *files.create(root, "file", Kind::file, {});
    require(files.write(file, 0, std::as_bytes(std::span{text})).has_value());
    require(files.link(file, large, "again").has_value());
    require(files.create(root, "short", Kind::link, "file").has_value());
    require(files.create(root, "long", Kind::link, std::string(200, 'y')).has_value());
}

/// Everything that can be asked of a file system is done to it, whatever it answers. A directory without an
/// end is a mistake.
inline void use_everything(FileSystem& files) {
    using proto::file::Kind;
    using proto::file::root;
    std::vector<std::byte> bytes(2000, std::byte{'z'});
    std::vector<proto::file::Inode> directories{root};
    for (const char* const name : {"directory", "lost+found"})
        if (const auto inode = files.lookup(root, name)) directories.push_back(*inode);
    for (const auto directory : directories) {
        u64 count = 0;
        auto entry = files.list(directory, 0);
        for (; entry; entry = files.list(directory, entry->next)) {
            if (++count > 10'000) std::abort();
            if (count > 12) continue;
            const auto inode = files.lookup(directory, entry->bytes.view());
            if (!inode) continue;
            static_cast<void>(files.info(*inode));
            static_cast<void>(files.link_target(*inode));
            static_cast<void>(files.read(*inode, 0, bytes));
            static_cast<void>(files.read(*inode, 100'000, bytes));
        }
    }
    if (const auto many = files.lookup(root, "many")) {
        files.opened(*many);
        static_cast<void>(files.write(*many, 20'000, bytes));
        static_cast<void>(files.write(*many, 300'000, bytes));
        static_cast<void>(files.resize(*many, 5000));
        static_cast<void>(files.remove(root, "many", Kind::file));
        files.closed(*many);
    }
    for (const auto directory : directories) {
        const auto made = files.create(directory, "new", Kind::file, {});
        if (made) static_cast<void>(files.write(*made, 0, bytes));
        static_cast<void>(files.create(directory, "newer", Kind::directory, {}));
        static_cast<void>(files.rename(directory, "new", root, "short"));
        static_cast<void>(files.remove(directory, "a-name-of-some-length-7", Kind::file));
        static_cast<void>(files.remove(directory, "newer", Kind::directory));
    }
    static_cast<void>(files.rename(root, "directory", root, "moved"));
    static_cast<void>(files.space());
    static_cast<void>(files.commit());
    static_cast<void>(files.remove(root, "file", Kind::file));
    static_cast<void>(files.sync());
}

/// The image with these changes, mounted and used.
inline void try_image(FuzzImage& image, std::span<const u8> input) {
    image.change(input);
    MountReport report{};
    if (const auto files = FileSystem::mount(image.disk(), 2, report)) use_everything(**files);
    image.disk().restore();
}

} // namespace pith::ext4
