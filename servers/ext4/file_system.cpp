#include "servers/ext4/file_system.h"

#include <algorithm>

namespace pith::ext4 {
namespace {

namespace file = proto::file;

Result<file::Kind> kind_of(const Inode& inode) {
    if (inode.is_directory()) return file::Kind::directory;
    if (inode.is_file()) return file::Kind::file;
    if (inode.is_link()) return file::Kind::link;
    return fail(Error::unsupported); // a device, a socket, a pipe of another system
}

Result<file::Info> info_of(const Inode& inode) {
    return file::Info{.kind = static_cast<u64>(TRY(kind_of(inode))),
                      .size = inode.size(),
                      .inode = number_of(inode.number).raw,
                      .links = inode.raw.links,
                      .modified = inode.modified(),
                      .changed = inode.changed(),
                      .accessed = inode.accessed(),
                      .made = inode.made()};
}

} // namespace

Result<Inode> FileSystem::node(Number number) {
    const u32 inode = inode_of(number);
    if (inode != root_inode && inode < store_.geometry().first_free_inode) return fail(Error::not_found);
    Inode found = TRY(inodes_.load(inode));
    if (found.raw.links == 0 && !open_.contains(inode)) return fail(Error::not_found);
    return found;
}

Result<Inode> FileSystem::directory(Number number) {
    Inode found = TRY(node(number));
    if (!found.is_directory()) return fail(Error::not_directory);
    return found;
}

Result<file::Info> FileSystem::info(Number number) { return info_of(TRY(node(number))); }

Result<u32> FileSystem::generation(Number number) { return TRY(node(number)).raw.generation & 0xff'ffff; }

Result<FileSystem::Number> FileSystem::lookup(Number number, std::string_view name) {
    Inode inode = TRY(directory(number));
    if (name.size() > most_name_bytes) return fail(Error::too_large);
    const Named found = TRY(entries(inode).find(name));
    const Number what = number_of(found.inode);
    if (const auto there = node(what); !there) { // a name of nothing
        if (there.error() == Error::not_found) return store_.damaged();
        return fail(there.error());
    }
    return what;
}

Result<u64> FileSystem::read(Number number, u64 offset, std::span<std::byte> bytes) {
    Inode inode = TRY(node(number));
    if (inode.is_directory()) return fail(Error::is_directory);
    if (!inode.is_file()) return fail(Error::wrong_kind);
    if (offset >= inode.size()) return u64{0};
    const u64 length = std::min<u64>(bytes.size(), inode.size() - offset);
    if (inode.size() > largest_file()) return store_.damaged();
    TRY(data_.read(inode, offset, bytes.first(length)));
    note_access(inode);
    return length;
}

Result<std::string> FileSystem::link_target(Number number) {
    Inode inode = TRY(node(number));
    if (!inode.is_link()) return fail(Error::wrong_kind);
    if (inode.size() > store_.geometry().block_size) return store_.damaged();
    std::string target(inode.size(), '\0');
    const auto bytes = std::as_writable_bytes(std::span{target});
    if (!inode.is_short_link()) {
        TRY(data_.read(inode, 0, bytes));
        return target;
    }
    if (target.size() >= inode.raw.content.size()) return store_.damaged();
    std::copy_n(inode.raw.content.begin(), target.size(), bytes.begin());
    return target;
}

Result<file::Entry> FileSystem::list(Number number, u64 cursor) {
    Inode inode = TRY(directory(number));
    for (;;) {
        Directory::Part& part = listing_.part;
        const bool known = listing_.directory == inode.number && listing_.changes == changes_ &&
                           cursor >= part.from &&
                           (cursor < part.next || part.next == Directory::end_of_listing);
        if (!known) {
            listing_.directory = 0;
            part = TRY(entries(inode).list(cursor));
            listing_.directory = inode.number;
            listing_.changes = changes_;
        }
        const auto item = std::ranges::lower_bound(part.items, cursor, {}, &Directory::Item::key);
        if (item != part.items.end()) {
            const auto about = inodes_.load(item->what.inode);
            if (!about) return store_.damaged();
            auto info = info_of(*about); // devices of other systems are listed, as files
            if (!info) info = file::Info{static_cast<u64>(Kind::file), 0, about->number, about->raw.links};
            return file::Entry{*info, item->key + 1, os::Chunk<256>::of(item->name)};
        }
        if (part.next == Directory::end_of_listing) return fail(Error::not_found);
        cursor = part.next;
    }
}

file::SpaceReply FileSystem::space() {
    const auto super = store_.super();
    const u64 free = super ? joined(super->free_blocks_lo, super->free_blocks_hi) : 0;
    const u64 size = store_.geometry().block_size;
    return {.total = store_.geometry().blocks * size,
            .free = free * size,
            .open = 0,
            .writable = store_.writable() ? u64{1} : u64{0},
            .bytes = decltype(file::SpaceReply::bytes)::of("ext4")};
}

void FileSystem::opened(Number number) { ++open_[inode_of(number)]; }

void FileSystem::closed(Number number) {
    const auto found = open_.find(inode_of(number));
    if (found == open_.end() || --found->second > 0) return;
    const u32 inode = found->first;
    const auto about = node(number);
    open_.erase(found);
    if (about && about->raw.links == 0) finish_unused(inode);
}

u64 FileSystem::largest_file() const {
    const u64 by_number = (u64{1} << 32) - 1; // of blocks
    return by_number * store_.geometry().block_size;
}

} // namespace pith::ext4
