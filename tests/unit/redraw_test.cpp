// How much of a framebuffer is written: what has not changed is left alone.
#include "servers/console/emulator.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pith::os::console {
namespace {

constexpr u32 rows = 48, columns = 128, glyph_height = 16,
              cell_bytes = 8 * glyph_height * 4; // 1024 by 768 pixels

/// A screen of usual size. What it writes is found by what was there before: a mark that no cell is made of.
class Redraw : public testing::Test {
  protected:
    Redraw() {
        font_file_ = {std::byte{0x36}, std::byte{0x04}, std::byte{0}, std::byte{glyph_height}};
        for (int glyph = 0; glyph < 256; ++glyph)
            font_file_.insert(font_file_.end(), glyph_height, static_cast<std::byte>(glyph));
        auto canvas =
            Canvas::create(std::as_writable_bytes(std::span{pixels_}),
                           {{}, columns * 8, rows * glyph_height, columns * 32, abi::PixelFormat::argb},
                           *PsfFont::parse(font_file_));
        EXPECT_TRUE(canvas);
        canvas_.emplace(*std::move(canvas));
        emulator_.paint(*canvas_);
    }
    /// Bytes written by the picture of what the terminal is told.
    u64 written(std::string_view text) {
        std::ranges::fill(pixels_, mark);
        emulator_.write(text);
        emulator_.paint(*canvas_);
        return (pixels_.size() - static_cast<u64>(std::ranges::count(pixels_, mark))) * 4;
    }

    static constexpr u32 mark = 0xa5a5a5a5;
    std::vector<std::byte> font_file_;
    std::vector<u32> pixels_ = std::vector<u32>(u64{rows} * columns * cell_bytes / 4);
    std::optional<Canvas> canvas_;
    Emulator emulator_{rows, columns};
};

TEST_F(Redraw, WritesTheCellsThatChanged) {
    EXPECT_EQ(written(""), 0u);
    EXPECT_EQ(written("a"), 2 * cell_bytes) << "the character, and the cursor behind it";
    EXPECT_EQ(written("\ra"), 0u) << "the same again";
    EXPECT_EQ(written("\x1b[10;1H"), 2 * cell_bytes) << "the cursor, here and there";
    EXPECT_EQ(written(std::string(80, 'x')), 81 * cell_bytes) << "a line of 80 characters";
    EXPECT_EQ(written("\r" + std::string(79, 'x') + "y"), cell_bytes) << "one of them";
    EXPECT_EQ(written("\r\x1b[31m" + std::string(80, 'x')), 80 * cell_bytes) << "their colour";
    EXPECT_EQ(written("\x1b[2J\x1b[10;81H"), 81 * cell_bytes) << "all that stood there, with the `a`";
}

/// Places at which two lines differ.
u64 differences(std::string_view a, std::string_view b) {
    u64 count = 0;
    for (std::size_t i = 0; i < columns; ++i)
        count += (i < a.size() ? a[i] : ' ') != (i < b.size() ? b[i] : ' ') ? 1 : 0;
    return count;
}

TEST_F(Redraw, ScrollingWritesWhatDiffersFromTheLineBelow) {
    const auto entry = [](u32 number) {
        std::string size = std::to_string(number * 7919 % 100'000);
        return "-rw-r--r--  " + std::string(6 - size.size(), ' ') + size + "  2026-11-29 11:08  chapter-" +
               std::to_string(100 + number) + ".txt";
    };
    for (u32 number = 0; number < rows; ++number)
        emulator_.write(entry(number) + "\r\n");
    emulator_.paint(*canvas_);
    u64 scrolled = 0, all = 0;
    for (u32 number = 1; number < rows; ++number) {
        scrolled += differences(entry(number), entry(number + 1));
        all += differences(entry(number + 1), "");
    }
    EXPECT_EQ(written(entry(rows) + "\r\n"), scrolled * cell_bytes);
    EXPECT_EQ(written("\x1b[2J\x1b[48;1H"), all * cell_bytes) << "what stands there, and no blank";
    EXPECT_EQ(scrolled, 268u) << "as docs/user-space.md says";
    EXPECT_EQ(all, 2110u);
    EXPECT_EQ(written("\n"), 0u) << "blank lines under blank lines";

    std::string all_different;
    for (u32 row = 0; row <= rows; ++row)
        all_different += std::string(columns - 1, static_cast<char>('0' + row)) + "\r\n";
    static_cast<void>(written(all_different));
    EXPECT_EQ(written("z\r\n"), (rows - 1) * (columns - 1) * cell_bytes) << "the worst";
}

} // namespace
} // namespace pith::os::console
