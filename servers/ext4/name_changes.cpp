#include "servers/ext4/file_system.h"

#include <algorithm>

namespace pith::ext4 {
namespace {

constexpr u16 most_links = 65'000;

u8 entry_kind_of(const Inode& inode) {
    if (inode.is_directory()) return entry_kind::directory;
    if (inode.is_link()) return entry_kind::link;
    return inode.is_file() ? entry_kind::file : u8{0};
}

u16 mode_of(proto::file::Kind kind) {
    switch (kind) {
    case proto::file::Kind::file: return mode::file | 0644;
    case proto::file::Kind::directory: return mode::directory | 0755;
    case proto::file::Kind::link: return mode::link | 0777;
    }
    return mode::file;
}

/// Of a directory: 1 means that there are more below it than can be counted.
void add_link(Inode& directory) {
    if (directory.raw.links != 1) ++directory.raw.links;
    if (directory.raw.links > most_links) directory.raw.links = 1;
}
void take_link(Inode& directory) {
    if (directory.raw.links > 2) --directory.raw.links;
}

} // namespace

Result<> FileSystem::put_target(Inode& inode, std::string_view target) {
    const auto bytes = std::as_bytes(std::span{target});
    if (target.size() > store_.geometry().block_size - 1) return fail(Error::too_large);
    if (target.size() < inode.raw.content.size()) {
        std::ranges::copy(bytes, inode.raw.content.begin());
    } else {
        Extents::make_empty(inode);
        if (TRY(data_.write(inode, 0, bytes)) != bytes.size()) return fail(Error::no_space);
    }
    inode.set_size(target.size());
    return {};
}

Result<FileSystem::Number> FileSystem::create_once(Number number, std::string_view name, Kind kind,
                                                   std::string_view target) {
    Operation operation = TRY(Operation::begin(store_, operation_blocks));
    Inode parent = TRY(directory(number));
    if (parent.raw.links == 0) return fail(Error::not_found); // it was removed, and is only open
    Inode inode = TRY(inodes_.allocate(parent, mode_of(kind)));
    inode.raw.links = 1;
    if (kind == Kind::link) {
        TRY(put_target(inode, target));
    } else {
        Extents::make_empty(inode);
    }
    if (kind == Kind::directory) {
        inode.raw.links = 2;
        TRY(entries(inode).make(parent.number));
        add_link(parent);
    }
    TRY(entries(parent).insert(name, {inode.number, entry_kind_of(inode)}));
    parent.touch(store_.time());
    TRY(inodes_.save(inode));
    TRY(inodes_.save(parent));
    operation.finish();
    return number_of(inode.number);
}

Result<FileSystem::Number> FileSystem::create(Number number, std::string_view name, Kind kind,
                                              std::string_view target) {
    if (name.empty() || name.size() > most_name_bytes) return fail(Error::too_large);
    Inode parent = TRY(directory(number));
    if (const auto there = entries(parent).find(name); there)
        return fail(Error::exists);
    else if (there.error() != Error::not_found)
        return fail(there.error());
    ++changes_;
    return with_space([&] { return create_once(number, name, kind, target); });
}

Result<> FileSystem::remove(Number number, std::string_view name, Kind kind) {
    u32 gone = 0;
    {
        Inode parent = TRY(directory(number));
        const Number what = TRY(lookup(number, name));
        Inode inode = TRY(node(what));
        if (kind == Kind::directory && !inode.is_directory()) return fail(Error::not_directory);
        if (kind != Kind::directory && inode.is_directory()) return fail(Error::is_directory);
        if (inode.is_directory() && !TRY(entries(inode).is_empty())) return fail(Error::not_empty);
        if (inode.number == parent.number || inode.number == root_inode) return store_.damaged();
        ++changes_;
        Operation operation = TRY(Operation::begin(store_, operation_blocks));
        TRY(entries(parent).remove(name));
        parent.touch(store_.time());
        if (inode.is_directory()) take_link(parent);
        TRY(inodes_.save(parent));
        TRY(drop_name(inode));
        operation.finish();
        if (inode.raw.links == 0) gone = inode.number;
    }
    if (gone != 0) finish_unused(gone);
    return {};
}

Result<bool> FileSystem::lies_within(u32 inode, u32 directory) {
    constexpr u32 deepest = 1 << 16; // steps; more than that is a circle
    for (u32 steps = 0; steps < deepest; ++steps) {
        if (inode == directory) return true;
        if (inode == root_inode) return false;
        Inode here = TRY(inodes_.load(inode));
        if (!here.is_directory()) return store_.damaged();
        inode = TRY(entries(here).parent());
    }
    return store_.damaged();
}

Result<> FileSystem::may_replace(Inode& moved, Inode& old) {
    if (moved.is_directory() && !old.is_directory()) return fail(Error::not_directory);
    if (!moved.is_directory() && old.is_directory()) return fail(Error::is_directory);
    if (old.is_directory() && !TRY(entries(old).is_empty())) return fail(Error::not_empty);
    return {};
}

Result<> FileSystem::move_directory(Inode& moved, Inode& source, Inode& target) {
    take_link(source);
    add_link(target);
    TRY(entries(moved).set_parent(target.number));
    return {};
}

Result<> FileSystem::rename_once(Number from, std::string_view old_name, Number to, std::string_view new_name,
                                 u32& gone) {
    Inode source = TRY(directory(from));
    Inode other = TRY(directory(to));
    Inode& target = source.number == other.number ? source : other; // one inode, one copy
    if (target.raw.links == 0) return fail(Error::not_found);
    const Number number = TRY(lookup(from, old_name));
    Inode moved = TRY(node(number));
    if (moved.is_directory() && TRY(lies_within(target.number, moved.number)))
        return fail(Error::bad_argument);
    const auto old_number = lookup(to, new_name);
    if (!old_number && old_number.error() != Error::not_found) return fail(old_number.error());
    if (old_number && inode_of(*old_number) == moved.number)
        return {}; // two names of one file: nothing to do
    Operation operation = TRY(Operation::begin(store_, operation_blocks));
    const Named what{moved.number, entry_kind_of(moved)};
    if (old_number) {
        Inode old = TRY(node(*old_number));
        TRY(may_replace(moved, old));
        if (old.number == source.number || old.number == target.number) return store_.damaged();
        TRY(entries(target).redirect(new_name, what));
        if (old.is_directory()) take_link(target);
        TRY(drop_name(old));
        if (old.raw.links == 0) gone = old.number;
    } else {
        TRY(entries(target).insert(new_name, what));
    }
    TRY(entries(source).remove(old_name));
    // Only now: taking a name away, or an orphan's place in the list, may have changed it.
    moved = TRY(inodes_.load(moved.number));
    if (moved.is_directory() && &target != &source) TRY(move_directory(moved, source, target));
    moved.set_changed(store_.time());
    source.touch(store_.time());
    target.touch(store_.time());
    TRY(inodes_.save(moved));
    TRY(inodes_.save(source));
    if (&target != &source) TRY(inodes_.save(target));
    operation.finish();
    return {};
}

Result<> FileSystem::rename(Number from, std::string_view old_name, Number to, std::string_view new_name) {
    if (new_name.size() > most_name_bytes) return fail(Error::too_large);
    ++changes_;
    u32 gone = 0;
    TRY(with_space([&] {
        gone = 0;
        return rename_once(from, old_name, to, new_name, gone);
    }));
    if (gone != 0) finish_unused(gone);
    return {};
}

Result<> FileSystem::link(Number number, Number to, std::string_view name) {
    if (name.size() > most_name_bytes) return fail(Error::too_large);
    {
        const Inode inode = TRY(node(number));
        if (inode.is_directory()) return fail(Error::is_directory);
        if (inode.raw.links == 0) return fail(Error::not_found);
        if (inode.raw.links >= most_links) return fail(Error::too_many_links);
        Inode parent = TRY(directory(to));
        if (const auto there = entries(parent).find(name); there)
            return fail(Error::exists);
        else if (there.error() != Error::not_found)
            return fail(there.error());
    }
    ++changes_;
    return with_space([&]() -> Result<> {
        Operation operation = TRY(Operation::begin(store_, operation_blocks));
        Inode inode = TRY(node(number));
        Inode parent = TRY(directory(to));
        if (parent.raw.links == 0) return fail(Error::not_found);
        TRY(entries(parent).insert(name, {inode.number, entry_kind_of(inode)}));
        parent.touch(store_.time());
        ++inode.raw.links;
        inode.set_changed(store_.time());
        TRY(inodes_.save(parent));
        TRY(inodes_.save(inode));
        operation.finish();
        return {};
    });
}

} // namespace pith::ext4
