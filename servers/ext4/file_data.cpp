#include "servers/ext4/file_data.h"

#include "os/guarded.h"

#include <algorithm>
#include <cstring>

namespace pith::ext4 {

namespace {
constexpr u32 read_ahead = 32; ///< blocks
constexpr u32 most_at_once = 128;
} // namespace

/// Blocks that are not in memory yet, in one request.
Result<> FileData::load(u64 start, u32 count) {
    std::vector<BufferRef> missing;
    missing.reserve(count);
    for (u32 i = 0; i < count; ++i) {
        BufferRef buffer = TRY(store_.cache().place(start + i));
        if (buffer->valid) break;
        missing.push_back(std::move(buffer));
    }
    return store_.cache().load(missing);
}

Result<> FileData::read_run(u64 start, u32 available, u64 within, std::span<std::byte> bytes, bool ahead) {
    const u64 size = store_.geometry().block_size;
    for (u32 i = 0; !bytes.empty(); ++i) {
        BufferRef buffer = store_.cache().find(start + i);
        if (!buffer) {
            const u64 needed = (within + bytes.size() + size - 1) / size;
            const u64 most = std::min<u64>(most_at_once, store_.cache().capacity() / 8);
            const u64 wanted = std::min(std::max<u64>(needed, ahead ? read_ahead : 1), most);
            TRY(load(start + i, static_cast<u32>(std::min<u64>(wanted, available - i))));
            buffer = TRY(store_.cache().read(start + i));
        }
        if (buffer->content != Content::data) return store_.damaged(); // it belongs to something else
        const u64 part = std::min<u64>(size - within, bytes.size());
        TRY(os::guarded_copy(bytes.first(part), buffer->bytes.subspan(within, part)));
        bytes = bytes.subspan(part);
        within = 0;
    }
    return {};
}

Result<> FileData::read(Inode& inode, u64 offset, std::span<std::byte> bytes) {
    const u64 size = store_.geometry().block_size;
    const bool ahead = offset == 0 || (inode.number == last_inode_ && offset == last_end_);
    last_inode_ = inode.number;
    last_end_ = offset + bytes.size();
    while (!bytes.empty()) {
        const Mapping mapping = TRY(Extents(store_, blocks_, inode).find(static_cast<u32>(offset / size)));
        const u64 within = offset % size;
        const u64 part = std::min<u64>(u64{mapping.count} * size - within, bytes.size());
        if (mapping.start == 0 || mapping.unwritten)
            TRY(os::guarded_clear(bytes.first(part)));
        else
            TRY(read_run(mapping.start, mapping.count, within, bytes.first(part), ahead));
        bytes = bytes.subspan(part);
        offset += part;
    }
    return {};
}

/// Where up to `count` blocks lie, with a place for them; of no blocks, where there is none.
Result<FileData::Target> FileData::target(Inode& inode, u32 block, u32 count) {
    Extents extents{store_, blocks_, inode};
    const Mapping mapping = TRY(extents.find(block));
    const u32 part = std::min(mapping.count, count);
    if (mapping.start != 0) {
        if (mapping.unwritten) TRY(extents.mark_written(block, part));
        return Target{mapping.start, part, mapping.unwritten};
    }
    u64 goal = blocks_.first_of_group(store_.geometry().group_of_inode(inode.number));
    if (block > 0)
        if (const Mapping before = TRY(extents.find(block - 1)); before.start != 0) goal = before.start + 1;
    const auto found = blocks_.allocate(goal, part);
    if (!found && found.error() == Error::no_space) return Target{};
    const Run run = TRY(found);
    TRY(extents.insert(block, run));
    if (!inode.add_blocks(run.count, store_.geometry().block_size)) return store_.damaged();
    return Target{run.start, run.count, true};
}

Result<> FileData::write_block(u64 number, bool is_new, u64 within, std::span<const std::byte> bytes) {
    const BufferRef buffer = TRY(store_.cache().place(number));
    if (buffer->content != Content::data) return store_.damaged();
    if (bytes.size() < buffer->bytes.size()) {
        if (is_new)
            std::ranges::fill(buffer->bytes, std::byte{});
        else if (!buffer->valid)
            TRY(store_.cache().load({&buffer, 1}));
    }
    const auto copied = os::guarded_fill(buffer->bytes.subspan(within, bytes.size()), bytes);
    store_.cache().make_dirty(*buffer); // whoever took the memory away finds zeros in the file
    return copied;
}

Result<u64> FileData::write(Inode& inode, u64 offset, std::span<const std::byte> bytes) {
    const u64 size = store_.geometry().block_size;
    const u64 within_first = offset % size;
    bytes = bytes.first(std::min<u64>(bytes.size(), most_blocks * size - within_first));
    u64 done = 0;
    while (done < bytes.size()) {
        const u64 within = (offset + done) % size;
        // What is done already counts; another operation goes on.
        if (done > 0 && store_.blocks_left() < Extents::most_changes + 4) return done;
        const u64 left = (within + bytes.size() - done + size - 1) / size;
        const Target found =
            TRY(target(inode, static_cast<u32>((offset + done) / size), static_cast<u32>(left)));
        if (found.count == 0) break;
        for (u32 i = 0; i < found.count; ++i) {
            const u64 at = (offset + done) % size;
            const u64 part = std::min<u64>(size - at, bytes.size() - done);
            TRY(write_block(found.start + i, found.is_new, at, bytes.subspan(done, part)));
            done += part;
        }
    }
    if (done == 0 && !bytes.empty()) return fail(Error::no_space);
    return done;
}

Result<> FileData::clear_rest(Inode& inode, u64 offset) {
    const u64 size = store_.geometry().block_size;
    if (offset % size == 0) return {};
    const Mapping mapping = TRY(Extents(store_, blocks_, inode).find(static_cast<u32>(offset / size)));
    if (mapping.start == 0 || mapping.unwritten) return {};
    const BufferRef buffer = TRY(store_.cache().read(mapping.start));
    if (buffer->content != Content::data) return store_.damaged();
    std::ranges::fill(buffer->bytes.subspan(offset % size), std::byte{});
    store_.cache().make_dirty(*buffer);
    return {};
}

} // namespace pith::ext4
