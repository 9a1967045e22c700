#include "servers/ext4/replay.h"

#include <algorithm>

namespace pith::ext4 {

Result<BufferRef> Replay::read(u32 index) {
    BufferRef buffer = TRY(cache_.scratch());
    const Disk::Piece piece{map_.at(index) * geometry_.block_size, buffer->bytes};
    TRY(cache_.disk().read({&piece, 1}));
    return buffer;
}

/// To the log's next block; false where it went round once.
bool Replay::step() {
    if (++position_ >= super_.blocks) position_ = super_.first;
    return ++steps_ < super_.blocks;
}

bool Replay::tail_is_right(ConstBlock block) const {
    if (!style_.checksums()) return true;
    const u64 at = block.size() - 4;
    return load<Be32>(block, at) == style_.block_checksum(block, at);
}

Result<bool> Replay::data_is_right(u32 index, u32 checksum) {
    if (!style_.checksums()) return true;
    const BufferRef data = TRY(read(index));
    const u32 sum = style_.data_checksum(sequence_, data->bytes);
    return style_.v3 ? sum == checksum : (sum & 0xffff) == checksum;
}

Result<bool> Replay::take_tags(ConstBlock descriptor) {
    u64 at = sizeof(JournalHeader);
    const u64 end = descriptor.size() - style_.tail_bytes();
    for (bool last = false; !last;) {
        if (at + style_.tag_bytes() > end) return fail(Error::bad_format);
        u32 flags;
        u32 checksum;
        u64 block;
        if (style_.v3) {
            const auto tag = load<TagV3>(descriptor, at);
            flags = tag.flags;
            checksum = tag.checksum;
            block = joined(tag.block_lo, style_.wide ? u32{tag.block_hi} : 0);
        } else {
            Tag tag{};
            __builtin_memcpy(&tag, descriptor.data() + at, std::min<u64>(style_.tag_bytes(), sizeof(tag)));
            flags = tag.flags;
            checksum = tag.checksum;
            block = joined(tag.block_lo, style_.wide ? u32{tag.block_hi} : 0);
        }
        at += style_.tag_bytes() + ((flags & tag_flags::same_uuid) != 0 ? 0 : 16);
        last = (flags & tag_flags::last) != 0;
        if (!step()) return false;
        if (!TRY(data_is_right(position_, checksum))) return false;
        if (block >= geometry_.blocks) return fail(Error::bad_format);
        if ((flags & tag_flags::deleted) == 0)
            logged_.push_back({block, sequence_, position_, (flags & tag_flags::escaped) != 0});
    }
    return true;
}

Result<bool> Replay::take_revoked(ConstBlock block) {
    if (!tail_is_right(block)) return false;
    const u32 used = load<RevokeHeader>(block, 0).bytes;
    if (used < sizeof(RevokeHeader) || used > block.size() - style_.tail_bytes())
        return fail(Error::bad_format);
    for (u64 at = sizeof(RevokeHeader); at + style_.number_bytes() <= used; at += style_.number_bytes()) {
        const u64 number = style_.wide ? u64{load<BigEndian<u64>>(block, at)} : u64{load<Be32>(block, at)};
        revoked_.push_back({number, sequence_});
    }
    return true;
}

Result<bool> Replay::scan_transaction() {
    for (;;) {
        const BufferRef buffer = TRY(read(position_));
        const auto header = load<JournalHeader>(buffer->bytes, 0);
        if (header.magic != journal_magic || header.sequence != sequence_) return false;
        const u32 kind = header.kind;
        if (kind == static_cast<u32>(JournalBlock::descriptor)) {
            if (!tail_is_right(buffer->bytes) || !TRY(take_tags(buffer->bytes))) return false;
        } else if (kind == static_cast<u32>(JournalBlock::revoke)) {
            if (!TRY(take_revoked(buffer->bytes))) return false;
        } else if (kind == static_cast<u32>(JournalBlock::commit)) {
            const bool right =
                !style_.checksums() || load<Be32>(buffer->bytes, commit_checksum_offset) ==
                                           style_.block_checksum(buffer->bytes, commit_checksum_offset);
            return right;
        } else {
            return false;
        }
        if (!step()) return false;
    }
}

Result<> Replay::scan() {
    position_ = super_.start;
    sequence_ = super_.sequence;
    for (;;) {
        const u64 logged = logged_.size();
        const u64 revoked = revoked_.size();
        const bool whole = TRY(scan_transaction());
        if (!whole) { // as if it had never begun
            logged_.resize(logged);
            revoked_.resize(revoked);
            return {};
        }
        ++sequence_;
        if (!step()) return {};
    }
}

/// A block that was revoked later than it was logged is something else by now.
void Replay::drop_revoked() {
    const auto later = [&](u32 a, u32 b) { return a - b < 0x8000'0000; }; // the numbers may wrap
    std::ranges::sort(revoked_, [&](const Revoked& a, const Revoked& b) {
        return a.block != b.block ? a.block < b.block
                                  : a.sequence - u32{super_.sequence} < b.sequence - u32{super_.sequence};
    });
    std::erase_if(logged_, [&](const Logged& each) {
        const auto end = std::ranges::upper_bound(revoked_, each.block, {}, &Revoked::block);
        return end != revoked_.begin() && std::prev(end)->block == each.block &&
               later(std::prev(end)->sequence, each.sequence);
    });
}

Result<> Replay::write() {
    // The newest copy of each block alone.
    const u32 first = super_.sequence; // the numbers may wrap
    std::ranges::sort(logged_, [&](const Logged& a, const Logged& b) {
        return a.block != b.block ? a.block < b.block : a.sequence - first < b.sequence - first;
    });
    for (u64 i = 0; i < logged_.size(); ++i) {
        const Logged& each = logged_[i];
        if (i + 1 < logged_.size() && logged_[i + 1].block == each.block) continue;
        const BufferRef buffer = TRY(read(each.index));
        if (each.escaped) store(buffer->bytes, 0, Be32{journal_magic});
        const Disk::Piece piece{each.block * geometry_.block_size, buffer->bytes};
        TRY(cache_.disk().write({&piece, 1}));
        ++written_;
    }
    return cache_.disk().flush();
}

Result<> Replay::run() {
    TRY(scan());
    drop_revoked();
    return write();
}

} // namespace pith::ext4
