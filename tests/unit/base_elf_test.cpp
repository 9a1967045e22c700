#include "base/elf.h"
#include "base_samples.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

using namespace samples;

constexpr ElfPolicy user = ElfPolicy::user({0x1000}, {0x7fff'ffff'f000});

Error error_of(const Buffer& file, const ElfPolicy& policy = user) {
    const auto image = ElfImage::parse(file, policy);
    EXPECT_FALSE(image.has_value());
    return image ? Error{} : image.error();
}
Error error_of(const std::vector<Segment>& segments) {
    return error_of(elf(0x40'0010, segments, program_symbols()));
}
bool parses(const std::vector<Segment>& segments) {
    return ElfImage::parse(elf(0x40'0010, segments, program_symbols()), user).has_value();
}

/// What holds for everything that was taken, however broken the file.
void check_invariants(const Buffer& file, const ElfPolicy& policy) {
    const auto image = ElfImage::parse(file, policy);
    if (!image) return;
    ASSERT_FALSE(image->segments().empty());
    u64 sum = 0;
    for (const ElfSegment& segment : image->segments()) {
        ASSERT_LE(segment.file.size(), segment.memory_size);
        ASSERT_GE(segment.first_page(), policy.lowest.raw);
        ASSERT_LE(segment.last_of_pages(), policy.last.raw);
        ASSERT_TRUE(policy.writable_code || !(segment.writable && segment.executable));
        for (const std::byte b : segment.file)
            sum += std::to_integer<u64>(b);
        for (const ElfSegment& other : image->segments()) {
            if (&other != &segment) ASSERT_NE(other.first_page(), segment.first_page());
        }
    }
    (void)image->find_symbol("limit");
    (void)image->symbol_at(image->entry());
    ASSERT_NE(sum, ~u64{0});
}

TEST(Elf, TakesAProgramApart) {
    const Buffer file = program();
    const auto image = ElfImage::parse(file, user);
    ASSERT_TRUE(image) << describe(image.error());
    EXPECT_EQ(image->entry(), VirtAddr{0x40'0010});
    ASSERT_EQ(image->segments().size(), 3u);
    const ElfSegment& code = image->segments()[0];
    EXPECT_EQ(code.start, VirtAddr{0x40'0000});
    EXPECT_EQ(code.file.data(), file.data() + 0x1000);
    EXPECT_TRUE(code.readable && code.executable && !code.writable);
    const ElfSegment& data = image->segments()[2];
    EXPECT_EQ(data.file.size(), 0x10u);
    EXPECT_EQ(data.memory_size, 0x5000u);
    EXPECT_TRUE(data.readable && data.writable && !data.executable);
}

TEST(Elf, FindsSymbols) {
    std::vector<Symbol> symbols = program_symbols();
    symbols.push_back({.name = "twice", .value = 1});
    symbols.push_back({.name = "twice", .value = 2});
    symbols.push_back({.name = "nowhere", .value = 3, .section = 0});
    const Buffer file = elf(0x40'0010, program_segments(), symbols);
    const auto image = ElfImage::parse(file, user);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->find_symbol("_start"), 0x40'0010u);
    EXPECT_EQ(image->find_symbol("limit"), 1024u);
    EXPECT_EQ(image->find_symbol("twice"), 2u);
    EXPECT_EQ(image->find_symbol("nowhere"), std::nullopt);
    EXPECT_EQ(image->find_symbol("_star"), std::nullopt);
}

TEST(Elf, NamesAddresses) {
    const Buffer file = program();
    const auto image = ElfImage::parse(file, user);
    ASSERT_TRUE(image);
    const auto at = image->symbol_at({0x40'0050});
    ASSERT_TRUE(at);
    EXPECT_EQ(at->name, "work");
    EXPECT_EQ(at->offset, 0x10u);
    EXPECT_EQ(image->symbol_at({0x40'002f})->name, "_start");
    EXPECT_FALSE(image->symbol_at({0x40'0030})); // behind _start's end
    EXPECT_FALSE(image->symbol_at({0x40'000f})); // below everything
}

TEST(Elf, BadSymbolsCountAsNone) {
    Buffer file = program();
    set_number<u16>(file, 60, 0xffff); // section count far behind the file's end
    const auto image = ElfImage::parse(file, user);
    ASSERT_TRUE(image);
    EXPECT_FALSE(image->find_symbol("_start"));
    EXPECT_FALSE(image->symbol_at({0x40'0010}));
}

TEST(Elf, RefusesOtherKindsOfFiles) {
    const auto with_byte = [](std::size_t at, u8 value) {
        Buffer file = program();
        set_number<u8>(file, at, value);
        return file;
    };
    EXPECT_EQ(error_of(with_byte(0, 0)), Error::bad_format);
    EXPECT_EQ(error_of(with_byte(4, 1)), Error::unsupported);  // 32 bits
    EXPECT_EQ(error_of(with_byte(5, 2)), Error::unsupported);  // big endian
    EXPECT_EQ(error_of(with_byte(16, 3)), Error::unsupported); // dynamic
    EXPECT_EQ(error_of(with_byte(16, 1)), Error::unsupported); // relocatable
    EXPECT_EQ(error_of(with_byte(18, 3)), Error::unsupported); // another machine
    EXPECT_EQ(error_of(with_byte(54, 32)), Error::bad_format); // segment header size
    EXPECT_EQ(error_of(with_byte(56, 0)), Error::bad_format);  // no segments
    EXPECT_EQ(error_of(with_byte(57, 1)), Error::too_large);   // 259 of them
    std::vector<Segment> dynamic = program_segments();
    dynamic.push_back({.type = 3});
    EXPECT_EQ(error_of(dynamic), Error::unsupported);
}

TEST(Elf, RefusesRangesThatWrapOrLeave) {
    const auto with = [](auto change) {
        std::vector<Segment> segments = program_segments();
        change(segments[2]);
        return segments;
    };
    EXPECT_EQ(error_of(with([](Segment& s) { s.file_size = 0x6000; })),
              Error::bad_format); // more than memory
    EXPECT_EQ(error_of(with([](Segment& s) { s.file_size = s.memory_size = 0x10000; })), Error::end_of_data);
    EXPECT_EQ(error_of(with([](Segment& s) { s.offset = ~u64{0} - 0xfff; })), Error::end_of_data);
    EXPECT_EQ(error_of(with([](Segment& s) { s.memory_size = ~u64{0}; })), Error::bad_argument);
    EXPECT_EQ(error_of(with([](Segment& s) { s.memory_size = 0; })), Error::bad_format);
    EXPECT_EQ(error_of(with([](Segment& s) { s.address = 0; })), Error::bad_format);
    EXPECT_EQ(error_of(with([](Segment& s) { s.address = 0x7fff'ffff'e000; })), Error::bad_format);
    EXPECT_EQ(error_of(with([](Segment& s) { s.alignment = 3; })), Error::bad_format);
    EXPECT_EQ(error_of(with([](Segment& s) { s.offset = 0x2010; })), Error::bad_format); // not congruent
    EXPECT_TRUE(parses(with([](Segment& s) { s.alignment = 0; })));
    EXPECT_TRUE(parses(with([](Segment& s) { s.file_size = s.memory_size = 0; }))); // nothing to load
}

TEST(Elf, RefusesSharedPagesAndWritableCode) {
    std::vector<Segment> segments = program_segments();
    segments[1].address = 0x40'0800; // the code's last page
    EXPECT_EQ(error_of(segments), Error::bad_format);
    segments = program_segments();
    segments[2].flags = 7;
    EXPECT_EQ(error_of(segments), Error::bad_format);
}

TEST(Elf, EntryIsCode) {
    EXPECT_EQ(error_of(elf(0x40'2000, program_segments(), {})), Error::bad_format);
    EXPECT_EQ(error_of(elf(0x40'0800, program_segments(), {})), Error::bad_format); // just behind
    EXPECT_EQ(error_of(elf(0, program_segments(), {})), Error::bad_format);
}

TEST(Elf, TooManySegments) {
    std::vector<Segment> segments;
    for (u64 i = 0; i < ElfImage::max_segments; ++i)
        segments.push_back(
            {.offset = 0x1000, .address = 0x40'0000 + i * 0x1000, .file_size = 64, .memory_size = 64});
    EXPECT_TRUE(parses(segments));
    segments.push_back({.offset = 0x1000, .address = 0x80'0000, .file_size = 64, .memory_size = 64});
    EXPECT_EQ(error_of(segments), Error::too_large);
}

TEST(Elf, KernelPolicy) {
    constexpr u64 base = 0xffff'ffff'ffe0'2000;
    const std::vector<Segment> segments{
        {.flags = 5, .offset = 0x1000, .address = 0x10'0000, .file_size = 0x100, .memory_size = 0x100},
        {.flags = 7, .offset = 0x2000, .address = base, .file_size = 0x800, .memory_size = 0x9000}};
    const Buffer file = elf(base, segments, program_symbols());
    const auto image = ElfImage::parse(file, ElfPolicy::kernel());
    ASSERT_TRUE(image) << describe(image.error());
    ASSERT_EQ(image->segments().size(), 1u); // the low trampoline is not ours
    EXPECT_EQ(image->segments()[0].start, VirtAddr{base});
    EXPECT_EQ(error_of(file), Error::bad_format);                           // not a user program
    EXPECT_EQ(error_of(program(), ElfPolicy::kernel()), Error::bad_format); // nor the other way round
    const std::vector<Segment> top{
        {.flags = 7, .offset = 0x2000, .address = base, .memory_size = u64{0} - base}};
    EXPECT_TRUE(ElfImage::parse(elf(base, top, {}), ElfPolicy::kernel())); // up to the last byte
    const std::vector<Segment> over{{.flags = 7, .offset = 0x2000, .address = base, .memory_size = 1 - base}};
    EXPECT_EQ(error_of(elf(base, over, {}), ElfPolicy::kernel()), Error::bad_argument);
}

TEST(Elf, TruncatedAtEveryLength) {
    const Buffer whole = program();
    for (std::size_t size = 0; size < whole.size(); size += size < 0x200 || size > 0x2f00 ? 1 : 61)
        check_invariants(prefix_of(whole, size), user);
    EXPECT_EQ(error_of(prefix_of(whole, 63)), Error::end_of_data);
    EXPECT_EQ(error_of(prefix_of(whole, 64)), Error::end_of_data);
    EXPECT_EQ(error_of(prefix_of(whole, 0x200f)), Error::end_of_data);
    EXPECT_TRUE(ElfImage::parse(prefix_of(whole, 0x2010), user)); // without symbols
}

TEST(Elf, SurvivesDamage) {
    const Buffer whole = program();
    Random random{1};
    for (int i = 0; i < 4000; ++i) {
        Buffer file = whole;
        // Most of the file is content that no check looks at: aim at the headers.
        Buffer head = damaged(prefix_of(whole, 64 + 3 * 56), random);
        std::copy(head.begin(), head.end(), file.begin());
        Buffer tail = damaged({file.begin() + 0x3000, file.end()}, random);
        std::copy(tail.begin(), tail.end(), file.begin() + 0x3000);
        check_invariants(file, user);
        check_invariants(file, ElfPolicy::kernel());
    }
}

} // namespace
} // namespace pith
