#include "servers/ext4/cache.h"

#include <algorithm>
#include <cstring>

namespace pith::ext4 {

BufferRef::BufferRef(Cache& cache, Buffer& buffer) : cache_{&cache}, buffer_{&buffer} {
    if (buffer.idle()) buffer.link.unlink();
    ++buffer.pins;
}

BufferRef::~BufferRef() {
    if (buffer_ == nullptr) return;
    --buffer_->pins;
    cache_->settle(*buffer_);
}

Cache::Cache(Disk& disk, u32 block_size)
    : disk_{disk}, block_size_{block_size}, buffers_(disk.memory().size() / block_size) {
    buckets_.resize(std::bit_ceil(buffers_.size() * 2 + 1));
    for (u64 i = 0; i < buffers_.size(); ++i) {
        buffers_[i].bytes = disk.memory().subspan(i * block_size, block_size);
        idle_.push_back(buffers_[i]);
    }
}

Cache::~Cache() {
    for (Buffer& buffer : buffers_)
        buffer.link.unlink();
}

Buffer* Cache::lookup(u64 number) {
    Buffer* buffer = *bucket(number);
    while (buffer != nullptr && buffer->number != number)
        buffer = buffer->next_of_hash;
    return buffer;
}

void Cache::unhash(Buffer& buffer) {
    if (buffer.number == Buffer::none) return;
    Buffer** at = bucket(buffer.number);
    while (*at != &buffer)
        at = &(*at)->next_of_hash;
    *at = buffer.next_of_hash;
    buffer.number = Buffer::none;
    buffer.valid = false;
}

void Cache::settle(Buffer& buffer) {
    if (!buffer.idle() || buffer.link.linked()) return;
    if (!buffer.valid) {
        unhash(buffer);
        idle_.push_front(buffer);
    } else {
        idle_.push_back(buffer);
    }
}

Result<Buffer*> Cache::take() {
    Buffer* const buffer = idle_.pop_front();
    if (buffer == nullptr) return fail(Error::no_memory);
    unhash(*buffer);
    buffer->content = Content::data;
    buffer->owner = 0;
    buffer->checked = 0;
    buffer->touched_by = 0;
    return buffer;
}

BufferRef Cache::find(u64 number) {
    Buffer* const buffer = lookup(number);
    if (buffer == nullptr || !buffer->valid) return {};
    return {*this, *buffer};
}

Result<BufferRef> Cache::place(u64 number) {
    if (Buffer* const found = lookup(number)) return BufferRef{*this, *found};
    Buffer* const buffer = TRY(take());
    buffer->number = number;
    Buffer** const at = bucket(number);
    buffer->next_of_hash = *at;
    *at = buffer;
    return BufferRef{*this, *buffer};
}

Result<BufferRef> Cache::scratch() { return BufferRef{*this, *TRY(take())}; }

Result<BufferRef> Cache::read(u64 number) {
    BufferRef buffer = TRY(place(number));
    if (!buffer->valid) TRY(load({&buffer, 1}));
    return buffer;
}

Result<> Cache::load(std::span<const BufferRef> buffers) {
    std::vector<Disk::Piece> pieces;
    pieces.reserve(buffers.size());
    for (const BufferRef& buffer : buffers)
        if (!buffer->valid) pieces.push_back({buffer->number * block_size_, buffer->bytes});
    if (pieces.empty()) return {};
    TRY(disk_.read(pieces));
    for (const BufferRef& buffer : buffers)
        buffer->valid = true;
    return {};
}

void Cache::make_dirty(Buffer& buffer) {
    buffer.valid = true;
    if (buffer.dirty) return;
    buffer.dirty = true;
    buffer.link.unlink();
    dirty_.push_back(buffer);
    ++dirty_count_;
}

Result<> Cache::write_data() {
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

Result<> Cache::write_home(std::vector<Buffer*>& buffers) {
    if (buffers.empty()) return {};
    std::ranges::sort(buffers, {}, &Buffer::number);
    std::vector<Disk::Piece> pieces;
    pieces.reserve(buffers.size());
    for (const Buffer* const buffer : buffers)
        pieces.push_back({buffer->number * block_size_, buffer->bytes});
    return disk_.write(pieces);
}

void Cache::forget(Buffer& buffer) {
    require(buffer.pins == 0 && !buffer.running && !buffer.logged, "forgot a block in use");
    if (buffer.dirty) --dirty_count_;
    buffer.dirty = false;
    buffer.link.unlink();
    buffer.valid = false;
    settle(buffer);
}

void Cache::forget(u64 number, u64 count) {
    if (count > buffers_.size()) {
        for (Buffer& buffer : buffers_)
            if (buffer.number != Buffer::none && buffer.number - number < count) forget(buffer);
        return;
    }
    for (u64 i = 0; i < count; ++i)
        if (Buffer* const buffer = lookup(number + i)) forget(*buffer);
}

} // namespace pith::ext4
