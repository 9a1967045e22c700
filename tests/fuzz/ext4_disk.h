#pragma once

#include "fuzz_disk.h"
#include "servers/ext4/file_system.h"

namespace pith::ext4 {

class FuzzImage : public ChangedImage {
  public:
    /// `unfinished`: the journal has what is not yet where it belongs. `options`: mkfs.ext4's.
    FuzzImage(const std::string& options, bool unfinished) : ChangedImage{make(options, unfinished)} {}

  private:
    [[nodiscard]] static std::vector<std::byte> make(const std::string& options, bool unfinished);
    static void fill(FileSystem& files);
};

inline std::vector<std::byte> FuzzImage::make(const std::string& options, bool unfinished) {
    FuzzDisk disk{image_made_by("4M", "mkfs.ext4 -q -F -b 1024 -N 512 -J size=1 " + options)};
    MountReport report{};
    const auto files = FileSystem::mount(disk, WallTime::from_seconds(1), report);
    must(files && (*files)->writable());
    fill(**files);
    must((*files)->sync().has_value());
    const std::string late(200, 'l');
    if (unfinished) { // made, changed and removed again, in several transactions
        for (int i = 0; i < 6; ++i) {
            const auto inode =
                (*files)->create(proto::file::root, "late" + std::to_string(i), proto::file::Kind::file, {});
            must(inode && (*files)->write(*inode, 0, std::as_bytes(std::span{late})));
            if (i % 2 == 0)
                must((*files)->remove(proto::file::root, "many", proto::file::Kind::file) || i > 0);
            must((*files)->commit().has_value());
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
        must(files.create(large, "a-name-of-some-length-" + std::to_string(i), Kind::file, {}).has_value());
    const auto many = *files.create(root, "many", Kind::file, {});
    for (u64 i = 0; i < 40; ++i) // with holes, so that its extents need a tree
        must(files.write(many, i * 4096, std::as_bytes(std::span{text}.first(900))).has_value());
    const auto file = *files.create(root, "file", Kind::file, {});
    must(files.write(file, 0, std::as_bytes(std::span{text})).has_value());
    must(files.link(file, large, "again").has_value());
    must(files.create(root, "short", Kind::link, "file").has_value());
    must(files.create(root, "long", Kind::link, std::string(200, 'y')).has_value());
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
    if (const auto files = FileSystem::mount(image.disk(), WallTime::from_seconds(2), report))
        use_everything(**files);
    image.disk().restore();
}

} // namespace pith::ext4
