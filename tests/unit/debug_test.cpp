#include "kernel/debug/exceptions.h"
#include "kernel/debug/log.h"
#include "kernel/debug/screen.h"
#include "kernel/debug/symbol_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pith::kernel {
namespace {

struct Sink {
    std::string text, of_programs;
    Instant time{{1'234'567'890}};
    LogPort port() {
        return {this, [](void* self) { return LogPort::Stamp{static_cast<Sink*>(self)->time, 3}; },
                [](void* self, std::string_view line, LogSource source) {
                    auto& sink = *static_cast<Sink*>(self);
                    (source == LogSource::kernel ? sink.text : sink.of_programs) += line;
                }};
    }
};

TEST(Log, LinesSayWhenWhereAndHowImportant) {
    Sink sink;
    Log log{sink.port(), LogLevel::info};
    log.info("memory", "{} MiB", 128);
    log.debug("memory", "not wanted");
    EXPECT_EQ(sink.text, "[    1.234567] 3 info memory: 128 MiB\n");
    log.set_level(LogLevel::warning);
    log.info("memory", "not wanted");
    log.error("memory", "gone");
    EXPECT_TRUE(sink.text.ends_with("error memory: gone\n"));
}

TEST(Log, LinesOfProgramsAreToldFromTheKernels) {
    Sink sink;
    Log log{sink.port(), LogLevel::info};
    log.info_from("files", "{} ready");
    EXPECT_EQ(sink.of_programs, "[    1.234567] 3 info files: {} ready\n");
    EXPECT_EQ(sink.text, "");
    std::array<char, 64> out{};
    u64 position = 0;
    EXPECT_EQ(log.read(position, out), sink.of_programs.size());
}

TEST(Log, LongLinesAreCutButEnd) {
    Sink sink;
    Log log{sink.port(), LogLevel::info};
    log.info("x", "{}", std::string(1000, 'y'));
    EXPECT_LT(sink.text.size(), 700u);
    EXPECT_EQ(sink.text.back(), '\n');
}

TEST(Log, RingKeepsTheNewest) {
    Sink sink;
    Log log{sink.port(), LogLevel::info};
    for (int n = 0; n < 2000; ++n)
        log.info("ring", "line {}", n);
    std::vector<char> out(2 * Log::capacity);
    u64 position = 0;
    const std::size_t size = log.read(position, out);
    EXPECT_EQ(size, Log::capacity);
    EXPECT_EQ(position, log.end());
    EXPECT_EQ(std::string(out.data(), size), sink.text.substr(sink.text.size() - size));
    EXPECT_EQ(log.read(position, out), 0u);
    position = ~u64{0};
    EXPECT_EQ(log.read(position, out), 0u);
    EXPECT_EQ(position, log.end());
}

TEST(Log, ReadInPieces) {
    Sink sink;
    Log log{sink.port(), LogLevel::info};
    log.info("a", "one");
    log.info("b", "two");
    std::string all;
    std::array<char, 7> piece{};
    for (u64 position = 0; position < log.end();) {
        const std::size_t size = log.read(position, piece);
        all.append(piece.data(), size);
    }
    EXPECT_EQ(all, sink.text);
}

TEST(Log, LevelsByName) {
    EXPECT_EQ(log_level_named("quiet"), LogLevel::warning);
    EXPECT_EQ(log_level_named("debug"), LogLevel::debug);
    EXPECT_EQ(log_level_named("loud"), std::nullopt);
}

/// A PSF2 font of 128 glyphs, 8 by 16: each glyph's lines are its own number.
std::vector<std::byte> font_file() {
    std::vector<std::byte> file;
    const auto word = [&](u32 value) {
        for (int n = 0; n < 4; ++n)
            file.push_back(static_cast<std::byte>(value >> (8 * n)));
    };
    for (const u32 value : {0x864ab572u, 0u, 32u, 0u, 128u, 16u, 16u, 8u})
        word(value);
    for (u32 glyph = 0; glyph < 128; ++glyph)
        for (int line = 0; line < 16; ++line)
            file.push_back(static_cast<std::byte>(glyph));
    return file;
}

class ScreenTest : public testing::Test {
  protected:
    static constexpr Screen::Geometry geometry{64, 64, 64 * 4 + 16}; // 8 columns, 4 rows, padded lines
    std::vector<std::byte> pixels = std::vector<std::byte>(64 * (64 * 4 + 16), std::byte{0x11});
    std::vector<std::byte> file = font_file();
    PsfFont font = *PsfFont::parse(file);

    bool lit(u32 x, u32 y) const {
        u32 value;
        std::memcpy(&value, &pixels[y * geometry.line_bytes + x * 4], 4);
        return value != 0;
    }
    /// The number that the glyph at this place shows.
    u32 shown(u32 column, u32 row, u32 line = 0) const {
        u32 bits = 0;
        for (u32 x = 0; x < 8; ++x)
            bits = bits << 1 | (lit(column * 8 + x, row * 16 + line) ? 1 : 0);
        return bits;
    }
};

TEST_F(ScreenTest, ShowsText) {
    auto screen = Screen::create(pixels, geometry, font);
    ASSERT_TRUE(screen.has_value());
    screen->write("AZ\n!\x01");
    for (u32 line = 0; line < 16; ++line) {
        EXPECT_EQ(shown(0, 0, line), u32{'A'});
        EXPECT_EQ(shown(1, 0, line), u32{'Z'});
    }
    EXPECT_EQ(shown(2, 0), 0u);
    EXPECT_EQ(shown(0, 1), u32{'!'});
    EXPECT_EQ(shown(1, 1), u32{'?'});
}

TEST_F(ScreenTest, GoesOnAtTheTopWithAnEmptyRowBehind) {
    auto screen = Screen::create(pixels, geometry, font);
    screen->write("a\nb\nc\nd\ne");
    EXPECT_EQ(shown(0, 0), u32{'e'});
    EXPECT_EQ(shown(0, 1), 0u);
    EXPECT_EQ(shown(0, 2), u32{'c'});
    EXPECT_EQ(shown(0, 3), u32{'d'});
}

TEST_F(ScreenTest, BreaksLongLinesAndStaysInside) {
    auto screen = Screen::create(pixels, geometry, font);
    screen->write(std::string(1000, 'x') + "y"); // 1001 = 125 rows of 8 and one
    EXPECT_EQ(shown(0, 125 % 4), u32{'y'});
    EXPECT_EQ(pixels[64 * 4], std::byte{0}) << "the padding is cleared with its row";
}

TEST_F(ScreenTest, RefusesWhatDoesNotFit) {
    const auto create = [&](Screen::Geometry g) { return Screen::create(pixels, g, font).has_value(); };
    EXPECT_TRUE(create(geometry));
    EXPECT_FALSE(create({64, 65, geometry.line_bytes}));
    EXPECT_FALSE(create({100, 64, geometry.line_bytes}));
    EXPECT_FALSE(create({64, 64, geometry.line_bytes + 4}));
    EXPECT_FALSE(create({8, 64, geometry.line_bytes}));
    EXPECT_FALSE(create({64, 16, geometry.line_bytes}));
    EXPECT_FALSE(create({0xffffffff, 0xffffffff, 0xfffffff8}));
}

std::string readable(std::string_view symbol) {
    Text<200> text;
    append_readable(text, symbol);
    return std::string{text.view()};
}

TEST(SymbolName, Readable) {
    EXPECT_EQ(readable("kernel_main"), "kernel_main");
    EXPECT_EQ(readable("_Z5panicPKcS0_i"), "panic");
    EXPECT_EQ(readable("_ZN4pith6kernel3Log5storeENSt3__117basic_string_viewIcEE"),
              "pith::kernel::Log::store");
    EXPECT_EQ(readable("_ZNK4pith6kernel8RangeSet5totalEv"), "pith::kernel::RangeSet::total");
    EXPECT_EQ(readable("_ZN4pith6kernel12_GLOBAL__N_13fooEv"), "pith::kernel::(local)::foo");
    EXPECT_EQ(readable("_ZN4pith6ScreenC2Ev"), "pith::Screen::(constructor)");
    EXPECT_EQ(readable("_Z"), "_Z");
    EXPECT_EQ(readable("_ZN99999x"), "_ZN99999x");
    EXPECT_EQ(readable("_ZN3abc"), "abc");
}

std::string described(u64 vector, u64 error, u64 address) {
    Text<200> text;
    describe_exception(text, vector, error, address);
    return std::string{text.view()};
}

TEST(Exceptions, InWords) {
    EXPECT_EQ(described(0, 0, 0), "division error");
    EXPECT_EQ(described(14, 2, 0x10), "page fault: writing 0x10, which is not mapped");
    EXPECT_EQ(described(14, 3, 0x10), "page fault: writing 0x10, which may not be written");
    EXPECT_EQ(described(14, 17, 0x10), "page fault: executing 0x10, which may not be executed");
    EXPECT_EQ(described(14, 9, 0x10),
              "page fault: reading 0x10, whose page table entry has reserved bits set");
    EXPECT_EQ(described(13, 0x28, 0), "general protection fault, selector 0x28");
    EXPECT_EQ(described(200, 0, 0), "unexpected interrupt 200");
}

} // namespace
} // namespace pith::kernel
