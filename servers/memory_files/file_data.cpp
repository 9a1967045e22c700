#include "servers/memory_files/file_data.h"

#include "os/guarded.h"

#include <algorithm>
#include <cstring>

namespace pith::os::memory_files {

Result<u64> FileData::read(u64 offset, std::span<std::byte> bytes) const {
    if (offset >= size_) return u64{0};
    const u64 length = std::min<u64>(bytes.size(), size_ - offset);
    for (u64 done = 0; done < length;) {
        const u64 index = (offset + done) / block_size;
        const u64 within = (offset + done) % block_size;
        const u64 part = std::min(length - done, block_size - within);
        const auto to = bytes.subspan(done, part);
        if (index < blocks_.size() && blocks_[index])
            TRY(os::guarded_copy(to, std::span{*blocks_[index]}.subspan(within, part)));
        else
            TRY(os::guarded_clear(to));
        done += part;
    }
    return length;
}

bool FileData::add_places(u64 count) {
    if (count <= blocks_.size()) return true;
    // A vector that grows holds its old and its new places for a moment, and up to twice what is needed.
    if (!quota_.take((count - blocks_.size()) * place_cost * 4)) return false;
    blocks_.resize(count);
    return true;
}

FileData::Block* FileData::block_for_writing(u64 index) {
    if (!add_places(index + 1)) return nullptr;
    if (!blocks_[index]) {
        if (!quota_.take(block_cost)) return nullptr;
        blocks_[index] = std::make_unique<Block>();
    }
    return blocks_[index].get();
}

Result<u64> FileData::write(u64 offset, std::span<const std::byte> bytes) {
    if (offset >= largest) return u64{0};
    const u64 length = std::min<u64>(bytes.size(), largest - offset);
    u64 done = 0;
    while (done < length) {
        const u64 within = (offset + done) % block_size;
        const u64 part = std::min(length - done, block_size - within);
        Block* const block = block_for_writing((offset + done) / block_size);
        if (block == nullptr) break;
        const auto to = std::span{*block}.subspan(within, part);
        TRY(os::guarded_fill(to, bytes.subspan(done, part)));
        done += part;
    }
    if (done > 0) size_ = std::max(size_, offset + done);
    return done;
}

void FileData::cut(u64 size) {
    const u64 keep = (size + block_size - 1) / block_size;
    while (blocks_.size() > keep) {
        if (blocks_.back()) quota_.give_back(block_cost);
        quota_.give_back(place_cost * 4);
        blocks_.pop_back();
    }
    blocks_.shrink_to_fit();
    const u64 within = size % block_size; // what is cut off must not come back when the file grows again
    if (within != 0 && keep == blocks_.size() && blocks_.back())
        std::fill(blocks_.back()->begin() + static_cast<std::ptrdiff_t>(within), blocks_.back()->end(),
                  std::byte{});
    size_ = std::min(size_, size);
}

bool FileData::resize(u64 size) {
    if (size > largest) return false;
    if (size < size_) cut(size);
    size_ = size; // beyond the blocks there are zeros
    return true;
}

} // namespace pith::os::memory_files
