#include "base/text.h"
#include "base/time.h"

#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

namespace pith {
namespace {

template <class... A>
std::string text(FormatString<A...> format, const A&... args) {
    std::array<char, 256> buffer;
    return std::string{format_to<A...>(buffer, format, args...)};
}

TEST(Format, Integers) {
    EXPECT_EQ(text("{}", 0), "0");
    EXPECT_EQ(text("{} {} {}", u8{200}, i16{-5}, u16{65535}), "200 -5 65535");
    EXPECT_EQ(text("{}", std::numeric_limits<u64>::max()), "18446744073709551615");
    EXPECT_EQ(text("{}", std::numeric_limits<i64>::min()), "-9223372036854775808");
    EXPECT_EQ(text("{}", std::numeric_limits<signed char>::min()), "-128");
}

TEST(Format, Hexadecimal) {
    EXPECT_EQ(text("{:x}", 0xdeadbeefu), "deadbeef");
    EXPECT_EQ(text("{:#x}", 255), "0xff");
    EXPECT_EQ(text("{:08x}", 0x1234), "00001234");
    EXPECT_EQ(text("{:#010x}", 0x1234), "0x00001234");
    EXPECT_EQ(text("{:x}", std::numeric_limits<u64>::max()), "ffffffffffffffff");
    EXPECT_EQ(text("{:#x}", -16), "-0x10");
}

TEST(Format, WidthAndAlignment) {
    EXPECT_EQ(text("[{:>10}]", "abc"), "[       abc]");
    EXPECT_EQ(text("[{:<10}]", "abc"), "[abc       ]");
    EXPECT_EQ(text("[{:10}]", "abc"), "[abc       ]");
    EXPECT_EQ(text("[{:6}]", 42), "[    42]");
    EXPECT_EQ(text("[{:<6}]", 42), "[42    ]");
    EXPECT_EQ(text("[{:06}]", -42), "[-00042]");
    EXPECT_EQ(text("[{:2}]", 12345), "[12345]");
    EXPECT_EQ(text("[{:>3}]", 'x'), "[  x]");
}

TEST(Format, TextOfEveryKind) {
    const char* none = nullptr;
    const char full[3] = {'a', 'b', 'c'};
    const char padded[6] = {'a', 'b', 0, 'd', 0, 0};
    EXPECT_EQ(text("{} {} {}", true, false, 'c'), "true false c");
    EXPECT_EQ(text("{} {}", std::string_view{"view"}, Text<8>{"text"}), "view text");
    EXPECT_EQ(text("{}", none), "(null)");
    EXPECT_EQ(text("{} {}", full, padded), "abc ab");
    EXPECT_EQ(text("{}", Error::no_memory), "no memory");
}

TEST(Format, StrongTypes) {
    EXPECT_EQ(text("{}", PhysAddr{0x1000}), "0x1000");
    EXPECT_EQ(text("{:#018x}", VirtAddr{0x1000}), "0x0000000000001000");
    EXPECT_EQ(text("{:x}", VirtAddr{0x1000}), "0x1000");
    EXPECT_EQ(text("{:d}", PhysAddr{4096}), "4096");
    EXPECT_EQ(text("{} {}", pages(17), Instant{{5}}), "17 5");
}

TEST(Format, Pointers) {
    int object = 0;
    std::array<char, 32> expected;
    std::snprintf(expected.data(), expected.size(), "%p", static_cast<void*>(&object));
    EXPECT_EQ(text("{}", &object), expected.data());
    EXPECT_EQ(text("{}", nullptr), "0x0");
}

TEST(Format, Braces) {
    EXPECT_EQ(text("{{}}"), "{}");
    EXPECT_EQ(text("{{{}}}", 7), "{7}");
    EXPECT_EQ(text("no placeholder"), "no placeholder");
}

TEST(Format, TruncatesAtEveryLength) {
    const std::string whole = text("{} and {:>12} at {:#x}!", "abc", 77, 0xabcd);
    for (std::size_t size = 0; size <= whole.size() + 2; ++size) {
        std::vector<char> buffer(size); // on the heap, so that the sanitizer guards its end
        TextWriter writer{buffer};
        format_to(writer, "{} and {:>12} at {:#x}!", "abc", 77, 0xabcd);
        EXPECT_EQ(writer.view(), whole.substr(0, size));
        EXPECT_EQ(writer.truncated(), size < whole.size());
    }
}

TEST(Format, UncheckedTextEndsEarly) {
    std::array<char, 16> buffer;
    for (const std::string_view wrong : {"a{", "a{:", "a{:999}", "a}", "a{:y}", "a{}{}"}) {
        TextWriter writer{buffer};
        const std::array arguments{FormatArgument::text("")};
        format_arguments(writer, wrong, arguments);
        EXPECT_EQ(writer.view(), "a") << wrong;
    }
}

TEST(Text, GrowsAndStaysTerminated) {
    Text<10> t;
    EXPECT_TRUE(t.empty());
    t.append("ab").append('c').format("{:03}", 7);
    EXPECT_EQ(t, "abc007");
    EXPECT_FALSE(t.truncated());
    t.append("123456");
    EXPECT_EQ(t, "abc0071234");
    EXPECT_TRUE(t.truncated());
    EXPECT_EQ(std::string_view{t.c_str()}, t.view());
    t.shorten(3);
    EXPECT_EQ(std::string_view{t.c_str()}, "abc");
    t.clear();
    EXPECT_TRUE(t.empty());
    EXPECT_FALSE(t.truncated());
}

static_assert([] {
    Text<4> t;
    t.append("abcdef");
    return t.view() == "abcd" && t.truncated();
}());

} // namespace
} // namespace pith
