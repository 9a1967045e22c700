#include "servers/ext4/name_hash.h"

#include <algorithm>
#include <bit>
#include <span>

namespace pith::ext4 {
namespace {

u32 character(char c, bool is_unsigned) {
    return is_unsigned ? static_cast<u32>(static_cast<unsigned char>(c))
                       : static_cast<u32>(static_cast<i32>(static_cast<signed char>(c)));
}

u32 legacy(std::string_view name, bool is_unsigned) {
    u32 last = 0x12a3'fe2d;
    u32 before = 0x37ab'e8f9;
    for (const char c : name) {
        u32 sum = before + (last ^ character(c, is_unsigned) * 7'152'373);
        if ((sum & 0x8000'0000) != 0) sum -= 0x7fff'ffff;
        before = last;
        last = sum;
    }
    return last << 1;
}

/// The beginning of the rest of a name as words, filled up with its length.
void fill_words(std::string_view rest, bool is_unsigned, std::span<u32> words) {
    const u32 length = static_cast<u32>(rest.size());
    u32 filler = length | length << 8;
    filler |= filler << 16;
    std::ranges::fill(words, filler);
    const u64 used = std::min<u64>(rest.size(), words.size() * 4);
    u32 word = filler;
    for (u64 i = 0; i < used; ++i) {
        word = character(rest[i], is_unsigned) + (word << 8);
        if (i % 4 == 3 || i + 1 == used) words[i / 4] = word;
        if (i % 4 == 3) word = filler;
    }
}

/// The first three rounds of MD4, with half as many words.
void mix_half_md4(std::array<u32, 4>& sums, const std::array<u32, 8>& words) {
    struct Step {
        u8 word;
        u8 shift;
    };
    static constexpr Step steps[3][8] = {
        {{0, 3}, {1, 7}, {2, 11}, {3, 19}, {4, 3}, {5, 7}, {6, 11}, {7, 19}},
        {{1, 3}, {3, 5}, {5, 9}, {7, 13}, {0, 3}, {2, 5}, {4, 9}, {6, 13}},
        {{3, 3}, {7, 9}, {2, 11}, {6, 15}, {1, 3}, {5, 9}, {0, 11}, {4, 15}}};
    static constexpr u32 constants[3] = {0, 0x5a82'7999, 0x6ed9'eba1};
    auto [a, b, c, d] = sums;
    for (int round = 0; round < 3; ++round)
        for (const Step& step : steps[round]) {
            const u32 mixed = round == 0   ? d ^ (b & (c ^ d))
                              : round == 1 ? (b & c) + ((b ^ c) & d)
                                           : b ^ c ^ d;
            const u32 sum = std::rotl(a + mixed + words[step.word] + constants[round], step.shift);
            a = d;
            d = c;
            c = b;
            b = sum;
        }
    sums = {sums[0] + a, sums[1] + b, sums[2] + c, sums[3] + d};
}

void mix_tea(std::array<u32, 4>& sums, const std::array<u32, 4>& words) {
    u32 sum = 0;
    u32 x = sums[0];
    u32 y = sums[1];
    for (int i = 0; i < 16; ++i) {
        sum += 0x9e37'79b9;
        x += ((y << 4) + words[0]) ^ (y + sum) ^ ((y >> 5) + words[1]);
        y += ((x << 4) + words[2]) ^ (x + sum) ^ ((x >> 5) + words[3]);
    }
    sums[0] += x;
    sums[1] += y;
}

} // namespace

NameHash hash_name(std::string_view name, HashVersion version, const std::array<u32, 4>& seed) {
    std::array<u32, 4> sums{0x6745'2301, 0xefcd'ab89, 0x98ba'dcfe, 0x1032'5476};
    if (seed != std::array<u32, 4>{}) sums = seed;
    NameHash hash{};
    switch (version) {
    case HashVersion::legacy:
    case HashVersion::legacy_unsigned:
        hash.major = legacy(name, version == HashVersion::legacy_unsigned);
        break;
    case HashVersion::half_md4:
    case HashVersion::half_md4_unsigned:
        for (std::string_view rest = name; !rest.empty();
             rest.remove_prefix(std::min<u64>(rest.size(), 32))) {
            std::array<u32, 8> words;
            fill_words(rest, version == HashVersion::half_md4_unsigned, words);
            mix_half_md4(sums, words);
        }
        hash = {sums[1], sums[2]};
        break;
    case HashVersion::tea:
    case HashVersion::tea_unsigned:
        for (std::string_view rest = name; !rest.empty();
             rest.remove_prefix(std::min<u64>(rest.size(), 16))) {
            std::array<u32, 4> words;
            fill_words(rest, version == HashVersion::tea_unsigned, words);
            mix_tea(sums, words);
        }
        hash = {sums[0], sums[1]};
        break;
    }
    hash.major &= ~u32{1};
    if (hash.major == 0xffff'fffe) hash.major = 0xffff'fffc; // that one means the end
    return hash;
}

} // namespace pith::ext4
