#include "servers/ext4/store.h"

#include <algorithm>
#include <cstring>

namespace pith::ext4 {

Store::Store(Disk& disk, const Geometry& geometry)
    : geometry_{geometry}, cache_{disk, geometry.block_size}, seals_{geometry, cache_} {}

std::unexpected<Error> Store::damaged() {
    damaged_ = true;
    return fail(Error::bad_format);
}

Result<BufferRef> Store::read(u64 number, Content content, u32 owner) {
    BufferRef buffer = TRY(cache_.read(number));
    if (buffer->content == content && buffer->owner == owner) return buffer;
    if (buffer->content != Content::data || buffer->dirty) return damaged();
    buffer->content = content;
    buffer->owner = owner;
    if (const auto right = seals_.check(*buffer); !right) {
        buffer->content = Content::data;
        return right.error() == Error::bad_format ? damaged() : fail(right.error());
    }
    return buffer;
}

Result<BufferRef> Store::make(u64 number, Content content, u32 owner) {
    BufferRef buffer = TRY(cache_.place(number));
    if (buffer->content != Content::data || buffer->dirty) return damaged();
    std::ranges::fill(buffer->bytes, std::byte{});
    buffer->valid = true;
    TRY(change(*buffer));
    buffer->content = content;
    buffer->owner = owner;
    buffer->checked = 1;
    return buffer;
}

Result<> Store::change(Buffer& buffer) {
    require(in_operation_, "a change outside an operation");
    if (buffer.touched_by == operation_) return {};
    if (undo_.size() >= most_) return fail(Error::too_large);
    BufferRef pin = TRY(cache_.place(buffer.number));
    require(&*pin == &buffer, "a change of a block that is not in memory");
    if (copies_.size() <= undo_.size())
        copies_.push_back(std::make_unique_for_overwrite<std::byte[]>(geometry_.block_size));
    std::memcpy(copies_[undo_.size()].get(), buffer.bytes.data(), buffer.bytes.size());
    undo_.push_back({std::move(pin), buffer.running, buffer.content, buffer.owner, buffer.checked});
    buffer.touched_by = operation_;
    if (!buffer.running) running_.push_back(&buffer);
    buffer.running = true;
    return {};
}

Result<GroupDescriptor> Store::descriptor(u32 group) {
    auto found = seals_.descriptor(group);
    if (!found && found.error() == Error::bad_format) return damaged();
    return found;
}

Result<> Store::put_descriptor(u32 group, const GroupDescriptor& descriptor) {
    const BufferRef buffer = TRY(cache_.read(seals_.descriptor_block(group)));
    if (buffer->content != Content::descriptors) return damaged();
    TRY(change(*buffer));
    seals_.put_descriptor(*buffer, group, descriptor);
    return {};
}

Result<Superblock> Store::super() {
    const BufferRef buffer = TRY(read(super_block(), Content::super, 0));
    return load<Superblock>(buffer->bytes, super_at());
}

Result<> Store::put_super(const Superblock& super) {
    const BufferRef buffer = TRY(read(super_block(), Content::super, 0));
    TRY(change(*buffer));
    store(buffer->bytes, super_at(), super);
    return {};
}

void Store::released(Run run) {
    released_.push_back(run);
    for (u64 block = run.start; block < run.start + run.count;) {
        const u32 group = geometry_.group_of_block(block);
        std::vector<u64>& bits = held_back_[group];
        bits.resize(geometry_.block_size / 8);
        const u64 end =
            std::min(run.start + run.count, geometry_.group_start(group) + geometry_.blocks_in(group));
        for (; block < end; ++block) {
            const u64 bit = block - geometry_.group_start(group);
            bits[bit / 64] |= u64{1} << bit % 64;
        }
    }
}

const std::vector<u64>* Store::held_back(u32 group) const {
    const auto found = held_back_.find(group);
    return found == held_back_.end() ? nullptr : &found->second;
}

Result<> Store::make_room(u32 blocks) {
    if (blocks > limit()) return fail(Error::too_large);
    const u64 kept = running_.size() + logged_.size() + blocks;
    if (cache_.dirty_count() > cache_.capacity() / 3) {
        if (const auto written = cache_.write_data(); !written) return fail(written.error());
    }
    if (running_.size() + blocks > limit() || revoked_.size() > limit()) TRY(commit());
    if (kept > cache_.capacity() / 3) {
        TRY(commit());
        TRY(checkpoint());
    }
    return {};
}

Result<> Store::begin(u32 blocks) {
    require(!in_operation_, "an operation within another");
    if (!writable()) return fail(failed_ ? Error::input_output : Error::read_only);
    TRY(make_room(blocks));
    in_operation_ = true;
    ++operation_;
    most_ = blocks;
    running_before_ = running_.size();
    return {};
}

/// A block that is free now: neither the log nor the disk needs what memory holds of it.
void Store::drop(u64 number) {
    const BufferRef buffer = cache_.find(number);
    if (!buffer) return;
    buffer->running = false;
    if (!buffer->logged) return;
    buffer->logged = false;
    revoked_.push_back(number); // or a replay would write over whatever it is used for next
}

/// What is in use as something else stays as that: then the disk's bitmaps lie, and nothing is changed any
/// more.
void Store::forget(const Run& run) {
    if (!cache_.forget(run.start, run.count)) damaged_ = true;
}

void Store::finish() {
    undo_.clear();
    for (const Run& run : released_) {
        if (run.count > cache_.capacity()) {
            for (const auto* const list : {&running_, &logged_})
                for (const Buffer* const buffer : *list)
                    if (buffer->number - run.start < run.count) drop(buffer->number);
        } else {
            for (u64 i = 0; i < run.count; ++i)
                drop(run.start + i);
        }
        forget(run);
    }
    released_.clear();
    allocated_.clear();
    in_operation_ = false;
}

void Store::undo() {
    for (u64 i = undo_.size(); i-- > 0;) {
        Undo& each = undo_[i];
        Buffer& buffer = *each.buffer;
        std::memcpy(buffer.bytes.data(), copies_[i].get(), buffer.bytes.size());
        buffer.running = each.was_running;
        buffer.content = each.content;
        buffer.owner = each.owner;
        buffer.checked = each.checked;
        buffer.touched_by = 0;
    }
    running_.resize(running_before_);
    undo_.clear();
    for (const Run& run : allocated_)
        forget(run);
    released_.clear();
    allocated_.clear();
    in_operation_ = false;
}

Result<> Store::make_writable(JournalMap map, const JournalSuper& super, u32 next_sequence) {
    const BufferRef buffer = TRY(read(super_block(), Content::super, 0));
    super_on_disk_.assign(buffer->bytes.begin(), buffer->bytes.end());
    clean_ = (load<Superblock>(buffer->bytes, super_at()).feature_incompat & incompat::recover) == 0;
    journal_.emplace(cache_, geometry_, std::move(map), super, next_sequence);
    if (limit() < 64) {
        journal_.reset();
        return fail(Error::unsupported);
    }
    if (clean_ && super.start == 0) return {};
    TRY(journal_->stop()); // what the log held has been brought home
    TRY(cache_.disk().flush());
    return mark(true);
}

/// Says in the superblock whether there is something to replay.
Result<> Store::mark(bool clean) {
    auto super = load<Superblock>(super_on_disk_, super_at());
    super.feature_incompat =
        clean ? super.feature_incompat & ~incompat::recover : super.feature_incompat | incompat::recover;
    if (geometry_.checksums) super.checksum = superblock_checksum(super);
    store(Block{super_on_disk_}, super_at(), super);
    const BufferRef scratch = TRY(cache_.scratch());
    std::ranges::copy(super_on_disk_, scratch->bytes.begin());
    const Disk::Piece piece{super_block() * geometry_.block_size, scratch->bytes};
    TRY(cache_.disk().write({&piece, 1}));
    TRY(cache_.disk().flush());
    clean_ = clean;
    return {};
}

Result<> Store::commit() {
    if (failed_) return fail(Error::input_output);
    const auto done = commit_all();
    if (!done) {
        failed_ = true;
        damaged_ = true;
    }
    return done;
}

Result<> Store::commit_all() {
    require(!in_operation_, "a commit within an operation");
    std::vector<Buffer*> blocks;
    for (Buffer* const buffer : running_) // bitmaps first: their checksums change descriptors
        if (buffer->running) seals_.seal(*buffer);
    for (Buffer* const buffer : running_) {
        if (!buffer->running) continue;
        buffer->running = false; // named once
        blocks.push_back(buffer);
    }
    running_.clear();
    if (blocks.empty() && revoked_.empty()) return {};
    for (Buffer* const buffer : blocks)
        buffer->running = true; // and kept, while memory is needed for the log
    if (clean_) {
        TRY(mark(false));
        TRY(journal_->start());
    }
    TRY(cache_.write_data());
    TRY(journal_->write(blocks, revoked_, now_.seconds()));
    for (Buffer* const buffer : blocks) {
        if (!buffer->logged) logged_.push_back(buffer);
        buffer->logged = true;
        buffer->running = false;
    }
    revoked_.clear();
    held_back_.clear();
    if (!journal_->has_room()) return checkpoint();
    return {};
}

Result<> Store::write_logged() {
    std::vector<Buffer*> blocks;
    for (Buffer* const buffer : logged_) {
        if (!buffer->logged) continue;
        buffer->logged = false;
        blocks.push_back(buffer);
    }
    logged_.clear();
    for (Buffer* const buffer : blocks) {
        buffer->logged = true;
        if (buffer->number == super_block())
            super_on_disk_.assign(buffer->bytes.begin(), buffer->bytes.end());
    }
    TRY(cache_.write_home(blocks));
    TRY(cache_.disk().flush());
    for (Buffer* const buffer : blocks) {
        buffer->logged = false;
        cache_.settle(*buffer);
    }
    return {};
}

Result<> Store::checkpoint() {
    TRY(write_logged());
    TRY(journal_->start());
    return cache_.disk().flush();
}

Result<> Store::sync() {
    if (!journal_) return {};
    TRY(commit());
    const auto finished = [&]() -> Result<> {
        if (cache_.dirty_count() > 0) {
            TRY(cache_.write_data());
            TRY(cache_.disk().flush());
        }
        if (clean_) return {};
        TRY(write_logged());
        TRY(journal_->stop());
        TRY(cache_.disk().flush());
        return mark(true);
    }();
    if (!finished) failed_ = damaged_ = true;
    return finished;
}

} // namespace pith::ext4
