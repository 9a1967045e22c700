// FAT32 that lies: mounted, used and written to. The first byte chooses whether the disk says that it was
// left in order, or is repaired first.
#include "fuzz_disk.h"
#include "servers/fat/file_system.h"

using namespace pith;
using namespace pith::disk_files;

namespace {

using proto::file::Kind;
using proto::file::root;

void fill(fat::FileSystem& files) {
    const std::string text(3000, 'x');
    const auto bytes = std::as_bytes(std::span{text});
    const auto directory = *files.create(root, "directory", Kind::directory, {});
    for (int i = 0; i < 20; ++i)
        must(files.create(directory, "a-name-of-some-length-" + std::to_string(i), Kind::file, {})
                 .has_value());
    const auto deeper = *files.create(directory, "deeper", Kind::directory, {});
    for (const char* const name : {"one", "Two.text", "THREE"})
        must(files.write(*files.create(deeper, name, Kind::file, {}), 0, bytes).has_value());
    must(files.write(*files.create(root, "file", Kind::file, {}), 0, bytes).has_value());
    must(files.write(*files.create(root, "many", Kind::file, {}), 20'000, bytes).has_value());
}

std::vector<std::byte> make(bool left_in_order) {
    FuzzDisk disk{image_made_by("1M", "mkfs.fat -F 32 -s 1 -R 8")};
    fat::MountReport report{};
    const auto files = fat::FileSystem::mount(disk, report);
    must(files && (*files)->writable());
    fill(**files);
    must((*files)->sync().has_value());
    if (!left_in_order) {
        must((*files)->rename(root, "file", root, "A name that is new").has_value());
        must((*files)->commit().has_value());
    }
    return disk.content();
}

/// Everything that can be asked of it, whatever it answers. A directory without an end is a mistake.
void use_everything(fat::FileSystem& files) {
    std::vector<std::byte> bytes(2000, std::byte{'z'});
    std::vector<proto::file::Inode> directories{root};
    for (u64 i = 0; i < directories.size() && i < 8; ++i) {
        u64 count = 0;
        auto entry = files.list(directories[i], 0);
        for (; entry; entry = files.list(directories[i], entry->next)) {
            if (++count > fat::most_entries) std::abort();
            if (count > 12) continue;
            const auto inode = files.lookup(directories[i], entry->bytes.view());
            if (!inode) continue;
            const auto about = files.info(*inode);
            if (about && about->kind == static_cast<u64>(Kind::directory)) directories.push_back(*inode);
            static_cast<void>(files.generation(*inode));
            static_cast<void>(files.read(*inode, 0, bytes));
            static_cast<void>(files.read(*inode, 21'000, bytes));
        }
    }
    if (const auto many = files.lookup(root, "many")) {
        files.opened(*many);
        static_cast<void>(files.write(*many, 25'000, bytes));
        static_cast<void>(files.write(*many, 60'000, bytes));
        static_cast<void>(files.resize(*many, 5000));
        static_cast<void>(files.remove(root, "many", Kind::file));
        static_cast<void>(files.write(*many, 0, bytes));
        files.closed(*many);
    }
    for (const auto directory : directories) {
        const auto made = files.create(directory, "new and with a long name", Kind::file, {});
        if (made) static_cast<void>(files.write(*made, 0, bytes));
        static_cast<void>(files.create(directory, "newer", Kind::directory, {}));
        static_cast<void>(files.rename(directory, "new and with a long name", root, "file"));
        static_cast<void>(files.remove(directory, "a-name-of-some-length-7", Kind::file));
        static_cast<void>(files.remove(directory, "newer", Kind::directory));
    }
    if (const auto directory = files.lookup(root, "directory"))
        static_cast<void>(files.rename(*directory, "deeper", root, "moved"));
    static_cast<void>(files.rename(root, "directory", root, "DIRECTORY"));
    static_cast<void>(files.space());
    static_cast<void>(files.commit());
    static_cast<void>(files.remove(root, "file", Kind::file));
    static_cast<void>(files.sync());
}

void check_again(FuzzDisk& disk) {
    fat::MountReport report{};
    const auto files = fat::FileSystem::mount(disk, report);
    if (!files || report.read_only) std::abort(); // what was in order before is not any more
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const u8* data, std::size_t size) {
    static ChangedImage in_order{make(true)}, cut_off{make(false)};
    if (size == 0) return 0;
    ChangedImage& image = data[0] % 4 == 0 ? cut_off : in_order;
    image.change({data + 1, size - 1});
    {
        fat::MountReport report{};
        const auto files = fat::FileSystem::mount(image.disk(), report);
        if (files) use_everything(**files);
        if (files && (*files)->writable()) check_again(image.disk());
    }
    image.disk().restore();
    return 0;
}
