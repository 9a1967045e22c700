#include "servers/nvme/identity.h"

namespace pith::os::nvme {

Result<ControllerIdentity> ControllerIdentity::parse(Bytes page) {
    constexpr u64 most_data = 77, write_cache = 525, page_shift = 12, most_shift = 20;
    const u8 shift = TRY(read_at<u8>(page, most_data));
    ControllerIdentity identity;
    identity.has_write_cache = (TRY(read_at<u8>(page, write_cache)) & 1) != 0;
    // A power of two of the smallest page, which is ours (figure 78: MPSMIN).
    if (shift != 0 && shift < most_shift) identity.most_bytes = u64{1} << (page_shift + shift);
    return identity;
}

Result<NamespaceIdentity> NamespaceIdentity::parse(Bytes page) {
    constexpr u64 used_format = 26, formats = 128, format_bytes = 4;
    const u64 format = TRY(read_at<u8>(page, used_format)) & 15;
    const u32 words = TRY(read_at<u32>(page, formats + format * format_bytes));
    const u32 metadata = words & 0xffff, shift = words >> 16 & 0xff;
    if (metadata != 0 || (shift != 9 && shift != 12)) return fail(Error::unsupported);
    NamespaceIdentity identity{u64{1} << shift, TRY(read_at<u64>(page, 0))};
    constexpr u64 most = u64{1} << 48;
    if (identity.sector_count == 0 || identity.sector_count > most) return fail(Error::bad_format);
    return identity;
}

std::vector<u32> parse_namespaces(Bytes page) {
    constexpr u64 most = 16;
    std::vector<u32> numbers;
    for (u64 at = 0; numbers.size() < most; at += sizeof(u32)) {
        const auto number = read_at<u32>(page, at);
        if (!number || *number == 0) break;
        numbers.push_back(*number);
    }
    return numbers;
}

} // namespace pith::os::nvme
