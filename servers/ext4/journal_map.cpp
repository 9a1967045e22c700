#include "servers/ext4/journal_map.h"

#include "servers/ext4/crc32c.h"

#include <cstddef>

namespace pith::ext4 {

JournalStyle JournalStyle::of(const JournalSuper& super) {
    const u32 features = super.feature_incompat;
    return {.block_size = super.block_size,
            .wide = (features & journal_features::bits64) != 0,
            .v2 = (features & journal_features::checksum_v2) != 0,
            .v3 = (features & journal_features::checksum_v3) != 0,
            .seed = crc32c(~u32{0}, super.uuid)};
}

u32 JournalStyle::data_checksum(u32 sequence, ConstBlock block) const {
    return crc32c(crc32c(seed, Be32{sequence}), block);
}

u32 JournalStyle::block_checksum(ConstBlock block, u64 at) const {
    const u32 sum = crc32c(crc32c(seed, block.first(at)), u32{0});
    return crc32c(sum, block.subspan(at + 4));
}

u32 journal_super_checksum(const JournalSuper& super) {
    JournalSuper copy = super;
    copy.checksum = 0;
    return crc32c(~u32{0}, bytes_of(copy));
}

Result<> check_journal(const JournalSuper& super, u32 block_size, u32 blocks) {
    const u32 kind = super.header.kind;
    if (super.header.magic != journal_magic || kind != static_cast<u32>(JournalBlock::super_v2))
        return fail(Error::bad_format);
    if (super.block_size != block_size || super.blocks > blocks || super.blocks < 8)
        return fail(Error::bad_format);
    if (super.first < 1 || super.first >= super.blocks) return fail(Error::bad_format);
    if (super.start != 0 && (super.start < super.first || super.start >= super.blocks))
        return fail(Error::bad_format);
    const u32 features = super.feature_incompat;
    if ((features & ~journal_features::known) != 0) return fail(Error::unsupported);
    constexpr u32 sums = journal_features::checksum_v2 | journal_features::checksum_v3;
    if ((features & sums) == sums) return fail(Error::bad_format);
    if ((features & sums) != 0 && (super.checksum_type != journal_features::crc32c_type ||
                                   super.checksum != journal_super_checksum(super)))
        return fail(Error::bad_format);
    return {};
}

} // namespace pith::ext4
