#include "base_samples.h"

#include <gtest/gtest.h>

// base/freestanding/memory.cpp, compiled under these names (see CMakeLists.txt).
extern "C" {
void* pith_memcpy(void* to, const void* from, std::size_t n);
void* pith_memmove(void* to, const void* from, std::size_t n);
void* pith_memset(void* to, int value, std::size_t n);
int pith_memcmp(const void* a, const void* b, std::size_t n);
void* pith_memchr(const void* in, int value, std::size_t n);
std::size_t pith_strlen(const char* text);
}

namespace pith {
namespace {

constexpr std::size_t size = 96;

std::vector<u8> counting() {
    std::vector<u8> bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<u8>(i + 1);
    return bytes;
}

/// Calls `f(to, from, n)` for places of every alignment and sizes around the word's.
template <class F>
void for_all_places(F f) {
    for (std::size_t to = 0; to < 20; ++to)
        for (std::size_t from = 0; from < 20; ++from)
            for (std::size_t n = 0; n < 40; ++n)
                f(to, from, n);
}

TEST(FreestandingMemory, Copy) {
    const std::vector<u8> source = counting();
    for_all_places([&](std::size_t to, std::size_t from, std::size_t n) {
        std::vector<u8> target(size);
        std::vector<u8> expected(size);
        std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from), n,
                    expected.begin() + static_cast<std::ptrdiff_t>(to));
        ASSERT_EQ(pith_memcpy(&target[to], &source[from], n), &target[to]);
        ASSERT_EQ(target, expected);
    });
}

TEST(FreestandingMemory, MoveOverlapping) {
    for_all_places([](std::size_t to, std::size_t from, std::size_t n) {
        const std::vector<u8> source = counting();
        std::vector<u8> target = source;
        std::vector<u8> expected = source;
        std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from), n,
                    expected.begin() + static_cast<std::ptrdiff_t>(to));
        ASSERT_EQ(pith_memmove(&target[to], &target[from], n), &target[to]);
        ASSERT_EQ(target, expected) << to << ' ' << from << ' ' << n;
    });
}

TEST(FreestandingMemory, Set) {
    for (std::size_t to = 0; to < 10; ++to)
        for (std::size_t n = 0; n < 40; ++n) {
            std::vector<u8> target = counting();
            std::vector<u8> expected = counting();
            std::fill_n(expected.begin() + static_cast<std::ptrdiff_t>(to), n, u8{0xab});
            ASSERT_EQ(pith_memset(&target[to], 0x1ab, n), &target[to]);
            ASSERT_EQ(target, expected);
        }
}

TEST(FreestandingMemory, Compare) {
    const std::vector<u8> a = counting();
    for (std::size_t n = 0; n < 20; ++n) {
        std::vector<u8> b = a;
        EXPECT_EQ(pith_memcmp(a.data(), b.data(), n), 0);
        b[n] = 0xff;
        EXPECT_EQ(pith_memcmp(a.data(), b.data(), n), 0);
        EXPECT_LT(pith_memcmp(a.data(), b.data(), n + 1), 0); // unsigned
        EXPECT_GT(pith_memcmp(b.data(), a.data(), n + 1), 0);
    }
}

TEST(FreestandingMemory, SearchAndLength) {
    std::vector<u8> a = counting();
    EXPECT_EQ(pith_memchr(a.data(), 5, size), &a[4]);
    EXPECT_EQ(pith_memchr(a.data(), 5, 4), nullptr);
    EXPECT_EQ(pith_strlen(""), 0u);
    EXPECT_EQ(pith_strlen("abc"), 3u);
}

} // namespace
} // namespace pith
