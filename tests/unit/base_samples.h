#pragma once

#include "base/bytes.h"

#include <string>
#include <string_view>
#include <vector>

/// Small well-formed files, made on the spot, for tests and as a fuzzer's first inputs.
namespace pith::samples {

using Buffer = std::vector<std::byte>;

/// The same numbers in every run (splitmix64).
class Random {
  public:
    explicit Random(u64 seed) : state_{seed} {}
    u64 next() {
        u64 z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// Below `limit`.
    u64 below(u64 limit) { return next() % limit; }

  private:
    u64 state_;
};

/// A copy that ends exactly where its memory does, so that the sanitizer sees a read behind it.
Buffer prefix_of(const Buffer& whole, std::size_t size);
/// One to eight bits, or a byte, changed at random.
Buffer damaged(const Buffer& whole, Random& random);

void put(Buffer& to, std::string_view text);
template <class T>
void put_number(Buffer& to, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        to.push_back(static_cast<std::byte>(value >> (8 * i)));
}
template <class T>
void set_number(Buffer& in, std::size_t at, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        in.at(at + i) = static_cast<std::byte>(value >> (8 * i));
}

struct Segment {
    u32 type = 1;
    u32 flags = 5;
    u64 offset = 0;
    u64 address = 0;
    u64 file_size = 0;
    u64 memory_size = 0;
    u64 alignment = 4096;
};
struct Symbol {
    std::string name;
    u64 value = 0;
    u64 size = 0;
    u16 section = 1;
    u8 type = 2;
};
/// Segment headers start at byte 64, 56 bytes each; section headers (none, symbols, strings) end the file.
Buffer elf(u64 entry, const std::vector<Segment>& segments, const std::vector<Symbol>& symbols,
           std::size_t size = 0x3000);
/// Code at 40'0000, constants at 40'1000, data and zeros at 40'2000; symbols _start, work, limit.
std::vector<Segment> program_segments();
std::vector<Symbol> program_symbols();
Buffer program();

struct Member {
    std::string name;
    std::string content;
    char type = '0'; ///< as in tar: '5' a directory, '2' a link
    std::string prefix{};
};
std::vector<Member> tree();
Buffer tar(const std::vector<Member>& members, bool gnu = false, bool end_mark = true);
/// Writes the checksum that a changed header at `at` needs.
void fix_tar_checksum(Buffer& archive, std::size_t at);
Buffer cpio(const std::vector<Member>& members, std::string_view magic, bool capitals = false);

Buffer psf1(u8 height, bool table);
Buffer psf2(u32 width, u32 height, u32 glyphs, bool table);

} // namespace pith::samples
