#pragma once

#include "base/list.h"
#include "servers/disk_files/bytes.h"
#include "servers/disk_files/disk.h"

#include <algorithm>
#include <concepts>
#include <memory>
#include <vector>

namespace pith::disk_files {

/// What a file system remembers of a block, made anew for each block that takes the place of another one.
/// `is_kept`: the buffer must not be given up.
template <class N>
concept IsNote = requires(const N& note) {
    { note.is_kept() } -> std::same_as<bool>;
};

/// One block in memory.
template <IsNote Note>
struct Buffer : Note {
    static constexpr u64 none = ~u64{0};

    u64 number = none;
    Block bytes{};
    bool valid = false; ///< holds what the block holds
    bool dirty = false; ///< a file's data that the disk does not have yet
    u32 pins = 0;
    Buffer* next_of_hash = nullptr;
    ListLink link{}; ///< of those that can be given up; or of the dirty ones

    [[nodiscard]] bool idle() const { return !dirty && pins == 0 && !Note::is_kept(); }
};

template <IsNote Note>
class Cache;

/// A buffer that stays in memory as long as this exists.
template <IsNote Note>
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
    [[nodiscard]] Buffer<Note>& operator*() const { return *buffer_; }
    [[nodiscard]] Buffer<Note>* operator->() const { return buffer_; }

  private:
    friend class Cache<Note>;
    BufferRef(Cache<Note>& cache, Buffer<Note>& buffer);
    Cache<Note>* cache_ = nullptr;
    Buffer<Note>* buffer_ = nullptr;
};

/// Blocks in memory: as many as fit into the disk's own memory and what there is to spare for now, the one
/// used least recently given up first. What is dirty or kept stays: the file system sees to it that this is
/// never too much for the disk's own memory.
template <IsNote Note>
class Cache {
  public:
    using Buffer = disk_files::Buffer<Note>;
    using BufferRef = disk_files::BufferRef<Note>;

    /// Block 0 begins `origin` bytes behind the start of the disk.
    Cache(Disk& disk, u32 block_size, u64 origin = 0);
    Cache(const Cache&) = delete;
    ~Cache();

    /// Blocks that there is always room for.
    [[nodiscard]] u64 capacity() const { return buffers_.size(); }
    /// Gives memory to spare back to who wants it: all of which nothing is dirty, kept or in use. False: some
    /// is left.
    bool give_way();
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
    /// The blocks are free: whatever memory says about them means nothing. False: some are in use as
    /// something else, which they can only be on a disk that is not in order; these stay.
    [[nodiscard]] bool forget(u64 number, u64 count);
    /// Writes blocks where they belong. Sorts the list.
    [[nodiscard]] Result<> write_home(std::vector<Buffer*>& buffers);
    /// After a change of what a buffer is kept for.
    void settle(Buffer& buffer);
    [[nodiscard]] Disk& disk() { return disk_; }

  private:
    friend class disk_files::BufferRef<Note>;
    [[nodiscard]] u64 place_on_disk(const Buffer& buffer) const {
        return origin_ + buffer.number * block_size_;
    }
    [[nodiscard]] Buffer** bucket(u64 number) {
        return &buckets_[(number * 0x9e37'79b9'7f4a'7c15 >> 32) & (buckets_.size() - 1)];
    }
    [[nodiscard]] Buffer* lookup(u64 number);
    [[nodiscard]] Result<Buffer*> take();
    /// Asks for memory to spare, which is used first then.
    void grow();
    void release(std::vector<Buffer>& buffers);
    void unhash(Buffer& buffer);
    [[nodiscard]] bool forget(Buffer& buffer);

    Disk& disk_;
    u32 block_size_;
    u64 origin_;
    std::vector<Buffer> buffers_;
    /// Memory that was borrowed, and the blocks in it.
    struct More {
        std::span<std::byte> memory;
        std::unique_ptr<std::vector<Buffer>> buffers;
    };
    static constexpr u64 takes_to_grow = 32; ///< that cost a block each
    static constexpr u64 most_more = 8192;   ///< blocks: what is said of each takes memory, too

    std::vector<More> more_{};
    u64 takes_ = 0;
    std::vector<Buffer*> buckets_;
    List<Buffer, &Buffer::link> idle_; ///< in the order of their last use
    List<Buffer, &Buffer::link> dirty_;
    u64 dirty_count_ = 0;
};

template <IsNote Note>
BufferRef<Note>::BufferRef(Cache<Note>& cache, Buffer<Note>& buffer) : cache_{&cache}, buffer_{&buffer} {
    if (buffer.idle()) buffer.link.unlink();
    ++buffer.pins;
}

template <IsNote Note>
BufferRef<Note>::~BufferRef() {
    if (buffer_ == nullptr) return;
    --buffer_->pins;
    cache_->settle(*buffer_);
}

template <IsNote Note>
Cache<Note>::Cache(Disk& disk, u32 block_size, u64 origin)
    : disk_{disk}, block_size_{block_size}, origin_{origin}, buffers_(disk.memory().size() / block_size) {
    buckets_.resize(std::bit_ceil(buffers_.size() * 4 + 1));
    for (u64 i = 0; i < buffers_.size(); ++i) {
        buffers_[i].bytes = disk.memory().subspan(i * block_size, block_size);
        idle_.push_back(buffers_[i]);
    }
}

template <IsNote Note>
Cache<Note>::~Cache() {
    for (More& more : more_) {
        release(*more.buffers);
        disk_.give_back(more.memory);
    }
    for (Buffer& buffer : buffers_)
        buffer.link.unlink();
}

template <IsNote Note>
void Cache<Note>::release(std::vector<Buffer>& buffers) {
    for (Buffer& buffer : buffers) {
        buffer.link.unlink();
        unhash(buffer);
    }
}

template <IsNote Note>
void Cache<Note>::grow() {
    if (!more_.empty() && (more_.size() + 1) * more_.front().buffers->size() > most_more) return;
    const std::span<std::byte> memory = disk_.borrow();
    if (memory.empty()) return;
    auto buffers = std::make_unique<std::vector<Buffer>>(memory.size() / block_size_);
    for (u64 i = buffers->size(); i-- > 0;) { // so that neighbours are taken one after the other
        (*buffers)[i].bytes = memory.subspan(i * block_size_, block_size_);
        idle_.push_front((*buffers)[i]);
    }
    more_.push_back({memory, std::move(buffers)});
}

template <IsNote Note>
bool Cache<Note>::give_way() {
    std::erase_if(more_, [&](More& more) {
        if (!std::ranges::all_of(*more.buffers, &Buffer::idle)) return false;
        release(*more.buffers);
        disk_.give_back(more.memory);
        return true;
    });
    return more_.empty();
}

template <IsNote Note>
auto Cache<Note>::lookup(u64 number) -> Buffer* {
    Buffer* buffer = *bucket(number);
    while (buffer != nullptr && buffer->number != number)
        buffer = buffer->next_of_hash;
    return buffer;
}

template <IsNote Note>
void Cache<Note>::unhash(Buffer& buffer) {
    if (buffer.number == Buffer::none) return;
    Buffer** at = bucket(buffer.number);
    while (*at != &buffer)
        at = &(*at)->next_of_hash;
    *at = buffer.next_of_hash;
    buffer.number = Buffer::none;
    buffer.valid = false;
}

template <IsNote Note>
void Cache<Note>::settle(Buffer& buffer) {
    if (!buffer.idle() || buffer.link.linked()) return;
    if (!buffer.valid) {
        unhash(buffer);
        idle_.push_front(buffer);
    } else {
        idle_.push_back(buffer);
    }
}

template <IsNote Note>
auto Cache<Note>::take() -> Result<Buffer*> {
    Buffer* const buffer = idle_.pop_front();
    if (buffer == nullptr) return fail(Error::no_memory);
    const bool cost_a_block = buffer->valid;
    unhash(*buffer);
    if (cost_a_block && ++takes_ % takes_to_grow == 0) grow();
    static_cast<Note&>(*buffer) = Note{};
    return buffer;
}

template <IsNote Note>
auto Cache<Note>::find(u64 number) -> BufferRef {
    Buffer* const buffer = lookup(number);
    if (buffer == nullptr || !buffer->valid) return {};
    return {*this, *buffer};
}

template <IsNote Note>
auto Cache<Note>::place(u64 number) -> Result<BufferRef> {
    if (Buffer* const found = lookup(number)) return BufferRef{*this, *found};
    Buffer* const buffer = TRY(take());
    buffer->number = number;
    Buffer** const at = bucket(number);
    buffer->next_of_hash = *at;
    *at = buffer;
    return BufferRef{*this, *buffer};
}

template <IsNote Note>
auto Cache<Note>::scratch() -> Result<BufferRef> {
    return BufferRef{*this, *TRY(take())};
}

template <IsNote Note>
auto Cache<Note>::read(u64 number) -> Result<BufferRef> {
    BufferRef buffer = TRY(place(number));
    if (!buffer->valid) TRY(load({&buffer, 1}));
    return buffer;
}

template <IsNote Note>
Result<> Cache<Note>::load(std::span<const BufferRef> buffers) {
    std::vector<Disk::Piece> pieces;
    pieces.reserve(buffers.size());
    for (const BufferRef& buffer : buffers)
        if (!buffer->valid) pieces.push_back({place_on_disk(*buffer), buffer->bytes});
    if (pieces.empty()) return {};
    TRY(disk_.read(pieces));
    for (const BufferRef& buffer : buffers)
        buffer->valid = true;
    return {};
}

template <IsNote Note>
void Cache<Note>::make_dirty(Buffer& buffer) {
    buffer.valid = true;
    if (buffer.dirty) return;
    buffer.dirty = true;
    buffer.link.unlink();
    dirty_.push_back(buffer);
    ++dirty_count_;
}

template <IsNote Note>
Result<> Cache<Note>::write_data() {
    std::vector<Buffer*> all;
    all.reserve(dirty_count_);
    for (Buffer& buffer : dirty_)
        all.push_back(&buffer);
    TRY(write_home(all));
    for (Buffer* const buffer : all) {
        buffer->dirty = false;
        buffer->link.unlink();
        settle(*buffer);
    }
    dirty_count_ = 0;
    return {};
}

template <IsNote Note>
Result<> Cache<Note>::write_home(std::vector<Buffer*>& buffers) {
    if (buffers.empty()) return {};
    std::ranges::sort(buffers, {}, &Buffer::number);
    std::vector<Disk::Piece> pieces;
    pieces.reserve(buffers.size());
    for (const Buffer* const buffer : buffers)
        pieces.push_back({place_on_disk(*buffer), buffer->bytes});
    return disk_.write(pieces);
}

template <IsNote Note>
bool Cache<Note>::forget(Buffer& buffer) {
    if (buffer.pins != 0 || buffer.is_kept()) return false;
    if (buffer.dirty) --dirty_count_;
    buffer.dirty = false;
    buffer.link.unlink();
    buffer.valid = false;
    settle(buffer);
    return true;
}

template <IsNote Note>
bool Cache<Note>::forget(u64 number, u64 count) {
    bool all = true;
    if (count > buffers_.size()) {
        const auto forget_all_of = [&](std::vector<Buffer>& buffers) {
            for (Buffer& buffer : buffers)
                if (buffer.number != Buffer::none && buffer.number - number < count) all &= forget(buffer);
        };
        forget_all_of(buffers_);
        for (More& more : more_)
            forget_all_of(*more.buffers);
        return all;
    }
    for (u64 i = 0; i < count; ++i)
        if (Buffer* const buffer = lookup(number + i)) all &= forget(*buffer);
    return all;
}

} // namespace pith::disk_files
