#include "proto/file_trees.h"

#include "proto/directory.h"
#include "proto/file_window.h"
#include "proto/mount_path.h"

#include <algorithm>

namespace pith::proto {
namespace {

constexpr PageCount window = pages(64);
constexpr u64 to_write = file::open_flags::write | file::open_flags::create | file::open_flags::truncate;

} // namespace

Result<> copy_file(const FileSpace& files, std::string_view from, std::string_view to) {
    OpenFile source = TRY(files.open(from));
    if (source.is_directory()) return fail(Error::is_directory);
    // The same file under another name would be cut before it is read.
    const auto there = files.open(to, 0);
    if (there && there->info.inode == source.info.inode &&
        TRY(files.mount_of(from)) == TRY(files.mount_of(to)))
        return fail(Error::exists);
    OpenFile target = TRY(files.open(to, to_write));
    if (source.info.size == 0) return {};
    const os::Memory memory = TRY(os::Memory::create(std::min(window, PageCount::holding(source.info.size))));
    FileWindow read = TRY(FileWindow::open(std::move(source), memory));
    FileWindow written = TRY(FileWindow::open(std::move(target), memory));
    for (u64 offset = 0;;) {
        const u64 length = TRY(read.read(offset, window.bytes()));
        if (length == 0) return written.check();
        if (TRY(written.write(offset, length)) < length) return fail(Error::no_space);
        offset += length;
    }
}

Result<> copy_tree(const FileSpace& files, std::string_view from, std::string_view to) {
    if (lies_below(to, from)) return fail(Error::bad_argument); // it would never end
    const file::Info about = TRY(files.look(from));
    if (about.kind == static_cast<u64>(file::Kind::link))
        return files.make_link(TRY(files.link_target(from)), to);
    if (about.kind == static_cast<u64>(file::Kind::file)) return copy_file(files, from, to);
    const auto made = files.make_directory(to);
    if (!made && made.error() != Error::exists) return made;
    for (const Name& name : TRY(read_directory(files, from)))
        TRY(copy_tree(files, absolute_path(from, name.name), absolute_path(to, name.name)));
    return {};
}

Result<> remove_tree(const FileSpace& files, const std::string& path, bool recursive) {
    const auto removed = files.remove(path, file::Kind::file);
    if (removed || removed.error() != Error::is_directory || !recursive) return removed;
    for (const Name& name : TRY(read_directory(files, path)))
        TRY(remove_tree(files, absolute_path(path, name.name), true));
    return files.remove(path, file::Kind::directory);
}

std::string destination(const FileSpace& files, std::string_view from, std::string_view to) {
    const auto there = files.open(to, 0);
    if (!there || !there->is_directory()) return std::string{to};
    return absolute_path(to, from.substr(from.rfind('/') + 1));
}

} // namespace pith::proto
