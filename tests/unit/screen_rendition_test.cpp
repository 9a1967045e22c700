// How characters look that are written after CSI … m.
#include "screen_terminal.h"

namespace pith::os::console {
namespace {

constexpr u32 red = 0xcd0000, bright_red = 0xff4040, blue = 0x2f5fe0, bright_white = 0xffffff;

struct Rendition {
    std::string_view what, numbers;
    Cell cell;
};
constexpr Cell plain{.character = U'x', .foreground = default_foreground, .background = default_background};
constexpr Cell coloured(u32 foreground, u32 background = default_background) {
    return {.character = U'x', .foreground = foreground, .background = background};
}
constexpr Cell marked(bool Cell::* flag) {
    Cell cell = plain;
    cell.*flag = true;
    return cell;
}

TEST(Sequences, RenditionsAreSelected) {
    static constexpr std::array cases{
        Rendition{"none", "", plain},
        Rendition{"0", "1;3;4;7;9;31;44;0", plain},
        Rendition{"missing number", "1;31;", plain},
        Rendition{"1", "1", coloured(bright_white)},
        Rendition{"1 with a colour", "1;31", coloured(bright_red)},
        Rendition{"1 behind it", "31;1", coloured(bright_red)},
        Rendition{"1 with a bright colour", "1;91", coloured(bright_red)},
        Rendition{"2", "2", coloured(0x6c6c6c)},
        Rendition{"2 with a colour", "2;31", coloured(0x660000)},
        Rendition{"22", "1;2;31;22", coloured(red)},
        Rendition{"3", "3", marked(&Cell::slanted)},
        Rendition{"23", "3;23", plain},
        Rendition{"4", "4", marked(&Cell::underlined)},
        Rendition{"4:3", "4:3", marked(&Cell::underlined)},
        Rendition{"4:0", "4;4:0", plain},
        Rendition{"21", "21", marked(&Cell::underlined)},
        Rendition{"24", "4;24", plain},
        Rendition{"5, 6, 25 are not shown", "5;6;25", plain},
        Rendition{"7", "7", coloured(default_background, default_foreground)},
        Rendition{"7 with colours", "7;31;44", coloured(blue, red)},
        Rendition{"27", "7;27", plain},
        Rendition{"8", "8;31;44", coloured(blue, blue)},
        Rendition{"28", "8;28", plain},
        Rendition{"9", "9", marked(&Cell::struck)},
        Rendition{"29", "9;29", plain},
        Rendition{"39", "31;39", plain},
        Rendition{"49", "44;49", plain},
        Rendition{"38;5", "38;5;196", coloured(0xff0000)},
        Rendition{"38;5 of a name", "38;5;1", coloured(red)},
        Rendition{"48;5 of a grey", "48;5;232", coloured(default_foreground, 0x080808)},
        Rendition{"48;5 of the last grey", "48;5;255", coloured(default_foreground, 0xeeeeee)},
        Rendition{"38;2", "38;2;1;2;3", coloured(0x010203)},
        Rendition{"48;2", "48;2;255;128;0", coloured(default_foreground, 0xff8000)},
        Rendition{"both and more",
                  "38;5;16;48;2;1;2;3;4",
                  {.character = U'x', .foreground = 0, .background = 0x010203, .underlined = true}},
        Rendition{"38:5",
                  "38:5:196;4",
                  {.character = U'x', .foreground = 0xff0000, .background = 0, .underlined = true}},
        Rendition{"38:2 with a colour space", "38:2::1:2:3", coloured(0x010203)},
        Rendition{"38:2 without", "38:2:1:2:3", coloured(0x010203)},
        Rendition{"38;5 of too much", "38;5;256;4", marked(&Cell::underlined)},
        Rendition{"38;2 of too much", "38;2;1;2;256;4", marked(&Cell::underlined)},
        Rendition{"38 of nothing", "38", plain},
        Rendition{"38;5 of nothing", "38;5", plain},
        Rendition{"bold leaves other colours alone", "1;38;2;1;2;3", coloured(0x010203)},
        Rendition{"what is not known", "10;11;26;50;58;75;99;108;110", plain},
    };
    for (const Rendition& each : cases) {
        const SmallTerminal terminal{CSI + std::string{each.numbers} + "mx"};
        EXPECT_EQ(terminal.screen.grid().at(0, 0), each.cell)
            << each.what << std::hex << ": " << terminal.screen.grid().at(0, 0).foreground << " on "
            << terminal.screen.grid().at(0, 0).background;
    }
    for (u32 colour = 0; colour < 8; ++colour) {
        const auto cell = [&](u32 first) {
            return SmallTerminal{CSI + std::to_string(first + colour) + "mx"}.screen.grid().at(0, 0);
        };
        EXPECT_EQ(cell(30), coloured(palette_colour(colour)));
        EXPECT_EQ(cell(40), coloured(default_foreground, palette_colour(colour)));
        EXPECT_EQ(cell(90), coloured(palette_colour(colour + 8)));
        EXPECT_EQ(cell(100), coloured(default_foreground, palette_colour(colour + 8)));
    }
}

TEST(Sequences, ErasedPlacesHaveTheBackground) {
    for (const std::string_view erasing :
         {CSI "2J", CSI "2K", CSI "X", CSI "P", CSI "@", CSI "L", CSI "M", CSI "4S", CSI "T"}) {
        const SmallTerminal terminal{CSI "44;7;4m" + std::string{erasing}};
        const Cell& cell = terminal.screen.grid().at(erasing == CSI "M" ? rows - 1 : 0,
                                                     erasing == CSI "P" ? columns - 1 : 0);
        EXPECT_EQ(cell.background, blue) << erasing;
        EXPECT_FALSE(cell.underlined) << erasing;
    }
}

} // namespace
} // namespace pith::os::console
