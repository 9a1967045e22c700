#include "servers/ext4/crc32c.h"

#include <array>
#include <cpuid.h>

namespace pith::ext4 {
namespace {

using Tables = std::array<std::array<u32, 256>, 8>;

/// tables[n][b]: what byte b does to the sum when n more bytes follow it.
constexpr Tables make_tables() {
    constexpr u32 polynomial = 0x82f6'3b78;
    Tables tables{};
    for (u32 byte = 0; byte < 256; ++byte) {
        u32 sum = byte;
        for (int bit = 0; bit < 8; ++bit)
            sum = (sum & 1) != 0 ? sum >> 1 ^ polynomial : sum >> 1;
        tables[0][byte] = sum;
    }
    for (u32 n = 1; n < 8; ++n)
        for (u32 byte = 0; byte < 256; ++byte)
            tables[n][byte] = tables[n - 1][byte] >> 8 ^ tables[0][tables[n - 1][byte] & 0xff];
    return tables;
}
constexpr Tables tables = make_tables();

u64 word_at(const std::byte* bytes) {
    u64 word;
    __builtin_memcpy(&word, bytes, sizeof(word));
    return word;
}

__attribute__((target("sse4.2"))) u32 by_instruction(u32 seed, ConstBlock bytes) {
    u64 sum = seed;
    const std::byte* at = bytes.data();
    u64 left = bytes.size();
    for (; left >= 32; left -= 32, at += 32) {
        sum = __builtin_ia32_crc32di(sum, word_at(at));
        sum = __builtin_ia32_crc32di(sum, word_at(at + 8));
        sum = __builtin_ia32_crc32di(sum, word_at(at + 16));
        sum = __builtin_ia32_crc32di(sum, word_at(at + 24));
    }
    for (; left >= 8; left -= 8, at += 8)
        sum = __builtin_ia32_crc32di(sum, word_at(at));
    u32 short_sum = static_cast<u32>(sum);
    for (; left > 0; --left, ++at)
        short_sum = __builtin_ia32_crc32qi(short_sum, static_cast<u8>(*at));
    return short_sum;
}

bool has_instruction() {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_2) != 0;
}

} // namespace

u32 crc32c_by_table(u32 seed, ConstBlock bytes) {
    u32 sum = seed;
    const std::byte* at = bytes.data();
    u64 left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
        const u64 word = word_at(at) ^ sum;
        sum = 0;
        for (u32 n = 0; n < 8; ++n)
            sum ^= tables[7 - n][word >> (8 * n) & 0xff];
    }
    for (; left > 0; --left, ++at)
        sum = sum >> 8 ^ tables[0][(sum ^ static_cast<u8>(*at)) & 0xff];
    return sum;
}

u32 crc32c(u32 seed, ConstBlock bytes) {
    static const bool with_instruction = has_instruction();
    return with_instruction ? by_instruction(seed, bytes) : crc32c_by_table(seed, bytes);
}

} // namespace pith::ext4
