#include "servers/ahci/identity.h"

namespace pith::os::ahci {

Result<DiskIdentity> DiskIdentity::parse(Bytes words) {
    if (words.size() != 512) return fail(Error::end_of_data);
    const auto word = [&](u64 number) { return read_at<u16>(words, number * 2).value_or(0); };
    const auto bit = [&](u64 number, u32 which) { return (word(number) >> which & 1) != 0; };
    constexpr u64 supported = 83, supported_more = 84, enabled = 85, sectors = 100, sizes = 106, size = 117;
    if (!bit(supported, 10)) return fail(Error::unsupported);
    DiskIdentity identity;
    identity.sector_count = read_at<u64>(words, sectors * 2).value_or(0);
    // Bits 14 and 15 say that the word means something.
    if (word(sizes) >> 14 == 1 && bit(sizes, 12))
        identity.sector_size = u64{read_at<u32>(words, size * 2).value_or(0)} * 2;
    if (identity.sector_size != 512 && identity.sector_size != 4096) return fail(Error::unsupported);
    constexpr u64 most = u64{1} << 48;
    if (identity.sector_count == 0 || identity.sector_count > most) return fail(Error::bad_format);
    identity.has_write_cache = bit(enabled, 5);
    identity.forces = word(supported_more) >> 14 == 1 && bit(supported_more, 6);
    return identity;
}

} // namespace pith::os::ahci
