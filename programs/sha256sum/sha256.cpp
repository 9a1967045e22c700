#include "programs/sha256sum/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace pith::sha256sum {
namespace {

/// FIPS 180-4, 4.2.2.
constexpr std::array<u32, 64> constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// 6.2.2, step 1: the block's words, and 48 that follow from them.
std::array<u32, 64> schedule(const std::array<u8, 64>& block) {
    std::array<u32, 64> words{};
    for (u64 i = 0; i < 16; ++i) {
        u32 word = 0;
        std::memcpy(&word, &block[i * 4], sizeof word);
        words[i] = std::byteswap(word);
    }
    for (u64 i = 16; i < words.size(); ++i) {
        const u32 a = words[i - 15];
        const u32 b = words[i - 2];
        words[i] = words[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + words[i - 7] +
                   (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
    }
    return words;
}

} // namespace

void Sha256::add(std::span<const std::byte> bytes) {
    length_ += bytes.size();
    while (!bytes.empty()) {
        const u64 count = std::min<u64>(bytes.size(), block_size - held_);
        std::memcpy(&block_[held_], bytes.data(), count);
        bytes = bytes.subspan(count);
        held_ += count;
        if (held_ == block_size) take_block();
    }
}

void Sha256::take_block() {
    const std::array<u32, 64> words = schedule(block_);
    auto [a, b, c, d, e, f, g, h] = state_;
    for (u64 i = 0; i < words.size(); ++i) {
        const u32 chosen = (e & f) ^ (~e & g);
        const u32 majority = (a & b) ^ (a & c) ^ (b & c);
        const u32 first =
            h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + chosen + constants[i] + words[i];
        const u32 second = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + majority;
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const std::array<u32, 8> added{a, b, c, d, e, f, g, h};
    for (u64 i = 0; i < added.size(); ++i)
        state_[i] += added[i];
    held_ = 0;
}

Sha256::Digest Sha256::finish() {
    const u64 bits = std::byteswap(length_ * 8);
    block_[held_++] = 0x80;
    if (held_ == block_size) take_block();
    if (held_ > block_size - sizeof bits) {
        std::fill(block_.begin() + static_cast<i64>(held_), block_.end(), u8{0});
        take_block();
    }
    std::fill(block_.begin() + static_cast<i64>(held_), block_.end(), u8{0});
    std::memcpy(&block_[block_size - sizeof bits], &bits, sizeof bits);
    take_block();
    Digest digest{};
    for (u64 i = 0; i < state_.size(); ++i) {
        const u32 word = std::byteswap(state_[i]);
        std::memcpy(&digest[i * 4], &word, sizeof word);
    }
    return digest;
}

std::string in_hexadecimal(const Sha256::Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const u8 byte : digest) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

} // namespace pith::sha256sum
