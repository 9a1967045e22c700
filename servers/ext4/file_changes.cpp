#include "servers/ext4/file_system.h"

#include <algorithm>

namespace pith::ext4 {

// Content.

Result<u64> FileSystem::write_some(Number number, u64 offset, std::span<const std::byte> bytes) {
    Operation operation = TRY(Operation::begin(store_, operation_blocks));
    Inode inode = TRY(node(number));
    if (offset > inode.size()) TRY(data_.clear_rest(inode, inode.size()));
    const u64 done = TRY(data_.write(inode, offset, bytes));
    inode.set_size(std::max(inode.size(), offset + done));
    inode.touch(store_.time());
    TRY(inodes_.save(inode));
    operation.finish();
    return done;
}

Result<u64> FileSystem::write(Number number, u64 offset, std::span<const std::byte> bytes) {
    const Inode inode = TRY(node(number));
    if (inode.is_directory()) return fail(Error::is_directory);
    if (!inode.is_file()) return fail(Error::wrong_kind);
    if (inode.has(inode_flags::immutable | inode_flags::append_only)) return fail(Error::denied);
    if (bytes.empty()) return u64{0};
    if (offset >= largest_file()) return fail(Error::too_large);
    bytes = bytes.first(std::min<u64>(bytes.size(), largest_file() - offset));
    u64 done = 0;
    while (done < bytes.size()) {
        const auto some = with_space([&] { return write_some(number, offset + done, bytes.subspan(done)); });
        if (!some && done == 0) return fail(some.error());
        if (!some) break;
        done += *some;
    }
    return done;
}

Result<> FileSystem::set_times(Number number, WallTime modified, WallTime accessed) {
    using proto::file::SetTimes;
    Operation operation = TRY(Operation::begin(store_, operation_blocks));
    Inode inode = TRY(node(number));
    if (inode.has(inode_flags::immutable | inode_flags::append_only)) return fail(Error::denied);
    if (modified.is_known()) inode.set_modified(SetTimes::resolve(modified, store_.time()));
    if (accessed.is_known()) inode.set_accessed(SetTimes::resolve(accessed, store_.time()));
    inode.set_changed(store_.time());
    TRY(inodes_.save(inode));
    operation.finish();
    return {};
}

/// The first time after it was modified, and then once a day: so that reading costs no writing.
void FileSystem::note_access(Inode& inode) {
    if (!clock_is_known_ || !writable() || inode.has(inode_flags::no_access_time)) return;
    const WallTime last = inode.accessed();
    constexpr u64 day = 86'400 * WallTime::second;
    const bool is_new = last > inode.modified() && last > inode.changed();
    if (is_new && store_.time().raw < last.raw + day) return;
    auto operation = Operation::begin(store_, operation_blocks);
    if (!operation) return; // what was read is right nevertheless
    inode.set_accessed(store_.time());
    if (inodes_.save(inode)) operation->finish();
}

Result<> FileSystem::resize(Number number, u64 size) {
    bool done = true;
    {
        const Inode found = TRY(node(number));
        if (found.is_directory()) return fail(Error::is_directory);
        if (!found.is_file()) return fail(Error::wrong_kind);
        if (found.has(inode_flags::immutable | inode_flags::append_only)) return fail(Error::denied);
        if (size > largest_file()) return fail(Error::too_large);
        Operation operation = TRY(Operation::begin(store_, operation_blocks));
        Inode inode = TRY(node(number));
        if (size < inode.size()) {
            TRY(data_.clear_rest(inode, size));
            done = TRY(Extents(store_, blocks_, inode)
                           .cut(static_cast<u32>((size + store_.geometry().block_size - 1) /
                                                 store_.geometry().block_size)));
            if (!done) TRY(orphans_.add(inode));
        } else {
            TRY(data_.clear_rest(inode, inode.size()));
        }
        inode.set_size(size);
        inode.touch(store_.time());
        TRY(inodes_.save(inode));
        operation.finish();
    }
    return done ? Result<>{} : shorten(inode_of(number));
}

Result<bool> FileSystem::shorten_some(u32 number) {
    Operation operation = TRY(Operation::begin(store_, operation_blocks));
    Inode inode = TRY(inodes_.load(number));
    bool done = true;
    if (inode.has(inode_flags::extents)) {
        if (inode.size() > largest_file()) return store_.damaged();
        const u64 size = store_.geometry().block_size;
        done = TRY(Extents(store_, blocks_, inode).cut(static_cast<u32>((inode.size() + size - 1) / size)));
    }
    if (done) TRY(orphans_.remove(inode));
    TRY(inodes_.save(inode));
    operation.finish();
    return done;
}

Result<> FileSystem::shorten(u32 number) {
    while (!TRY(shorten_some(number))) {
    }
    return {};
}

// The end of what has no name.

Result<> FileSystem::free_attributes(Inode& inode) {
    const u64 block = inode.attributes();
    if (block == 0) return {};
    if (!blocks_.may_belong_to_a_file(block, 1)) return store_.damaged();
    bool last = false;
    {
        const BufferRef buffer = TRY(store_.read(block, Content::attributes, 0));
        auto header = load<AttributeHeader>(buffer->bytes, 0);
        if (header.magic != attribute_magic || header.references == 0) return store_.damaged();
        last = header.references == 1; // files with the same attributes share the block
        if (!last) {
            TRY(store_.change(*buffer));
            --header.references;
            store(buffer->bytes, 0, header);
        }
    }
    if (last) TRY(blocks_.free(block, 1));
    inode.raw.attributes_lo = 0;
    inode.raw.attributes_hi = 0;
    return {};
}

Result<bool> FileSystem::destroy_some(u32 number) {
    Operation operation = TRY(Operation::begin(store_, operation_blocks));
    Inode inode = TRY(inodes_.load(number));
    const bool done = !inode.has(inode_flags::extents) || TRY(Extents(store_, blocks_, inode).cut(0));
    if (done) {
        TRY(free_attributes(inode));
        TRY(orphans_.remove(inode));
        inode.raw.links = 0;
        inode.set_size(0);
        inode.raw.blocks_lo = 0;
        inode.raw.blocks_hi = 0;
        inode.raw.delete_time = std::max<u32>(static_cast<u32>(store_.time().seconds()), 1);
    }
    TRY(inodes_.save(inode));
    if (done) TRY(inodes_.free(inode));
    operation.finish();
    return done;
}

Result<> FileSystem::destroy(u32 number) {
    while (!TRY(destroy_some(number))) {
    }
    return {};
}

void FileSystem::finish_unused(u32 number) {
    if (open_.contains(number)) return;
    // Where that fails, it is in the list of orphans still: the next mount tries again.
    static_cast<void>(destroy(number));
}

Result<> FileSystem::drop_name(Inode& inode) {
    if (inode.raw.links == 0) return store_.damaged();
    const bool is_last = inode.is_directory() || inode.raw.links == 1;
    inode.raw.links = is_last ? u16{0} : static_cast<u16>(inode.raw.links - 1);
    inode.set_changed(store_.time());
    if (is_last && !inode.has(inode_flags::extents) && !inode.is_short_link() && inode.sectors() > 0)
        return fail(Error::unsupported); // its blocks are listed as ext2 and ext3 did
    if (is_last) TRY(orphans_.add(inode));
    return inodes_.save(inode);
}

} // namespace pith::ext4
