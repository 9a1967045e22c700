#pragma once

#include "base/list.h"
#include "servers/ext4/bytes.h"
#include "servers/ext4/disk.h"

#include <vector>

namespace pith::ext4 {

/// What lies in a block: how it is checked when it comes from the disk, and sealed before it goes there.
enum class Content : u8 {
    data,         ///< of a file; or not known yet
    super,        ///< the superblock lies in it
    descriptors,  ///< of groups
    block_bitmap, ///< `owner`: the group
    inode_bitmap, ///< `owner`: the group
    inodes,       ///< `owner`: the first inode
    extents,      ///< from here on `owner` is what the checksum begins with, which tells inodes apart
    entries,      ///< of a directory
    index,        ///< of a directory
    attributes,
};

/// One block in memory.
struct Buffer {
    static constexpr u64 none = ~u64{0};

    u64 number = none;
    Block bytes;
    Content content = Content::data;
    u32 owner = 0;
    u64 checked = 0;      ///< not 0: its content was found in order; of inodes, one bit each
    bool valid = false;   ///< holds what the block holds
    bool dirty = false;   ///< a file's data that the disk does not have yet
    bool running = false; ///< changed in the transaction that runs
    bool logged = false;  ///< the journal has it, but not the block itself
    u32 pins = 0;
    u64 touched_by = 0; ///< the last operation that changed it
    Buffer* next_of_hash = nullptr;
    ListLink link{}; ///< of those that can be given up; or of the dirty ones

    [[nodiscard]] bool idle() const { return !dirty && !running && !logged && pins == 0; }
};

class Cache;

/// A buffer that stays in memory as long as this exists.
class BufferRef {
  public:
    BufferRef() = default;
    BufferRef(BufferRef&& other) noexcept
        : cache_{other.cache_}, buffer_{std::exchange(other.buffer_, nullptr)} {}
    BufferRef& operator=(BufferRef&& other) noexcept {
        BufferRef old{std::move(*this)};
        cache_ = other.cache_;
        buffer_ = std::exchange(other.buffer_, nullptr);
        return *this;
    }
    ~BufferRef();

    [[nodiscard]] explicit operator bool() const { return buffer_ != nullptr; }
    [[nodiscard]] Buffer& operator*() const { return *buffer_; }
    [[nodiscard]] Buffer* operator->() const { return buffer_; }

  private:
    friend class Cache;
    BufferRef(Cache& cache, Buffer& buffer);
    Cache* cache_ = nullptr;
    Buffer* buffer_ = nullptr;
};

/// Blocks in memory: as many as fit into the disk's memory, the one used least recently given up first. What
/// is dirty, changed or only in the journal stays: the journal sees to it that this is never too much.
class Cache {
  public:
    Cache(Disk& disk, u32 block_size);
    Cache(const Cache&) = delete;
    ~Cache();

    [[nodiscard]] u64 capacity() const { return buffers_.size(); }
    [[nodiscard]] u64 dirty_count() const { return dirty_count_; }

    /// Null where it is not in memory.
    [[nodiscard]] BufferRef find(u64 number);
    [[nodiscard]] Result<BufferRef> read(u64 number);
    /// A place for the block, whose content the caller fills in; `valid` tells whether it is there already.
    [[nodiscard]] Result<BufferRef> place(u64 number);
    /// Reads what is not valid yet, all at once.
    [[nodiscard]] Result<> load(std::span<const BufferRef> buffers);
    /// Memory that belongs to no block.
    [[nodiscard]] Result<BufferRef> scratch();

    void make_dirty(Buffer& buffer);
    /// Writes all dirty data.
    [[nodiscard]] Result<> write_data();
    /// The blocks are free: whatever memory says about them means nothing.
    void forget(u64 number, u64 count);
    /// Writes blocks where they belong. Sorts the list.
    [[nodiscard]] Result<> write_home(std::vector<Buffer*>& buffers);
    /// After a change of what a buffer is kept for.
    void settle(Buffer& buffer);
    [[nodiscard]] Disk& disk() { return disk_; }

  private:
    friend class BufferRef;
    [[nodiscard]] Buffer** bucket(u64 number) {
        return &buckets_[(number * 0x9e37'79b9'7f4a'7c15 >> 32) & (buckets_.size() - 1)];
    }
    [[nodiscard]] Buffer* lookup(u64 number);
    [[nodiscard]] Result<Buffer*> take();
    void unhash(Buffer& buffer);
    void forget(Buffer& buffer);

    Disk& disk_;
    u32 block_size_;
    std::vector<Buffer> buffers_;
    std::vector<Buffer*> buckets_;
    List<Buffer, &Buffer::link> idle_; ///< in the order of their last use
    List<Buffer, &Buffer::link> dirty_;
    u64 dirty_count_ = 0;
};

} // namespace pith::ext4
