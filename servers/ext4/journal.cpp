#include "servers/ext4/journal.h"

#include <algorithm>
#include <cstring>

namespace pith::ext4 {

Journal::Journal(Cache& cache, const Geometry& geometry, JournalMap map, const JournalSuper& super,
                 u32 next_sequence)
    : cache_{cache},
      geometry_{geometry},
      map_{std::move(map)},
      super_{super},
      sequence_{next_sequence},
      head_{super.first} {
    // An empty log may be written in any style: the newest, as other systems do.
    u32 features = journal_features::revoke;
    if (geometry.descriptor_size == 64) features |= journal_features::bits64;
    if (geometry.checksums) features |= journal_features::checksum_v3;
    super_.feature_incompat = features;
    super_.feature_compat = 0;
    super_.checksum_type = geometry.checksums ? journal_features::crc32c_type : u8{0};
    style_ = JournalStyle::of(super_);
}

u32 Journal::tags_per_block() const {
    return (geometry_.block_size - static_cast<u32>(sizeof(JournalHeader)) - 16 - style_.tail_bytes()) /
           style_.tag_bytes();
}

u32 Journal::revoked_per_block() const {
    return (geometry_.block_size - static_cast<u32>(sizeof(RevokeHeader)) - style_.tail_bytes()) /
           style_.number_bytes();
}

bool Journal::has_room() const {
    const u32 most = largest();
    const u32 around = most / tags_per_block() + most / revoked_per_block() + 3;
    return super_.blocks - head_ >= most + around;
}

Result<> Journal::write_super() {
    if (style_.checksums()) super_.checksum = journal_super_checksum(super_);
    const BufferRef buffer = TRY(cache_.scratch());
    std::ranges::fill(buffer->bytes, std::byte{});
    store(buffer->bytes, 0, super_);
    const Disk::Piece piece{map_.at(0) * geometry_.block_size, buffer->bytes};
    return cache_.disk().write({&piece, 1});
}

Result<> Journal::start() {
    head_ = super_.first;
    super_.start = head_;
    super_.sequence = sequence_;
    return write_super();
}

Result<> Journal::stop() {
    head_ = super_.first;
    super_.start = 0;
    super_.sequence = sequence_;
    return write_super();
}

void Journal::add_piece(std::span<std::byte> bytes) {
    pieces_.push_back({map_.at(head_++) * geometry_.block_size, bytes});
}

Result<Block> Journal::next_block(std::vector<BufferRef>& scratch, JournalBlock kind) {
    scratch.push_back(TRY(cache_.scratch()));
    const Block block = scratch.back()->bytes;
    std::ranges::fill(block, std::byte{});
    store(block, 0, JournalHeader{journal_magic, static_cast<u32>(kind), sequence_});
    add_piece(block);
    return block;
}

void Journal::seal(Block block) const {
    if (!style_.checksums()) return;
    const u64 at = block.size() - 4;
    store(block, at, Be32{style_.block_checksum(block, at)});
}

Result<> Journal::add_revoked(std::span<const u64> revoked) {
    while (!revoked.empty()) {
        const u64 count = std::min<u64>(revoked.size(), revoked_per_block());
        const Block block = TRY(next_block(scratch_, JournalBlock::revoke));
        u64 at = sizeof(RevokeHeader);
        for (const u64 number : revoked.first(count)) {
            if (style_.wide)
                store(block, at, BigEndian<u64>{number});
            else
                store(block, at, Be32{static_cast<u32>(number)});
            at += style_.number_bytes();
        }
        store(block, sizeof(JournalHeader), Be32{static_cast<u32>(at)});
        seal(block);
        revoked = revoked.subspan(count);
    }
    return {};
}

void Journal::put_tag(Block descriptor, u64 at, const Buffer& buffer, ConstBlock as_logged, u32 flags) {
    const u32 sum = style_.checksums() ? style_.data_checksum(sequence_, as_logged) : 0;
    const u32 high = static_cast<u32>(buffer.number >> 32);
    if (style_.v3) {
        store(descriptor, at, TagV3{static_cast<u32>(buffer.number), flags, high, sum});
    } else {
        const Tag tag{static_cast<u32>(buffer.number), u16{0}, static_cast<u16>(flags), high};
        __builtin_memcpy(descriptor.data() + at, &tag, style_.tag_bytes());
    }
}

/// As many blocks as one descriptor can name, behind it.
Result<> Journal::add_described(std::span<Buffer* const> blocks) {
    const Block descriptor = TRY(next_block(scratch_, JournalBlock::descriptor));
    u64 at = sizeof(JournalHeader);
    for (const Buffer* const buffer : blocks) {
        u32 flags = buffer == blocks.front() ? 0 : tag_flags::same_uuid;
        if (buffer == blocks.back()) flags |= tag_flags::last;
        std::span<std::byte> logged = buffer->bytes;
        if (load<Be32>(logged, 0) ==
            journal_magic) { // a reader of the log must not take it for the log's own
            flags |= tag_flags::escaped;
            scratch_.push_back(TRY(cache_.scratch()));
            logged = scratch_.back()->bytes;
            std::memcpy(logged.data(), buffer->bytes.data(), logged.size());
            store(logged, 0, u32{0});
        }
        add_piece(logged);
        put_tag(descriptor, at, *buffer, logged, flags);
        at += style_.tag_bytes();
        if (buffer == blocks.front()) {
            store(descriptor, at, super_.uuid);
            at += 16;
        }
    }
    seal(descriptor);
    return {};
}

Result<> Journal::add_blocks(std::span<Buffer* const> blocks) {
    while (!blocks.empty()) {
        const u64 count = std::min<u64>(blocks.size(), tags_per_block());
        TRY(add_described(blocks.first(count)));
        blocks = blocks.subspan(count);
    }
    return {};
}

Result<> Journal::write_commit(u64 seconds) {
    const Block block = TRY(next_block(scratch_, JournalBlock::commit));
    CommitBlock commit{};
    commit.header = load<JournalHeader>(block, 0);
    commit.seconds = seconds;
    store(block, 0, commit);
    if (style_.checksums())
        store(block, commit_checksum_offset, Be32{style_.block_checksum(block, commit_checksum_offset)});
    return cache_.disk().write(pieces_);
}

Result<> Journal::write(std::span<Buffer* const> blocks, std::span<const u64> revoked, u64 seconds) {
    const auto clear = [&] {
        pieces_.clear();
        scratch_.clear();
    };
    clear();
    TRY(add_revoked(revoked));
    TRY(add_blocks(blocks));
    TRY(cache_.disk().write(pieces_));
    TRY(cache_.disk().flush()); // the commit block must not be there before what it vouches for
    clear();
    TRY(write_commit(seconds));
    TRY(cache_.disk().flush());
    clear();
    ++sequence_;
    return {};
}

} // namespace pith::ext4
