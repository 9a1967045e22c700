// card: a test card for terminals: colours, renditions, line drawing, characters of one cell, two and none.
#include "base/text.h"
#include "proto/output.h"

using namespace pith;

namespace {

using proto::Output;

void colours(Output& output) {
    for (const u32 first : {40u, 100u}) {
        for (u32 colour = 0; colour < 8; ++colour)
            output.print("\x1b[{};{}m {} ", first == 40 && colour < 7 ? 37u : 30u, first + colour,
                         first + colour);
        output.write("\x1b[m\n");
    }
    for (u32 row = 0; row < 6; ++row) {
        for (u32 column = 0; column < 36; ++column)
            output.print("\x1b[48;5;{}m ", 16 + row * 36 + column);
        output.write("\x1b[m\n");
    }
    for (u32 level = 0; level < 64; ++level)
        output.print("\x1b[48;2;{};{};{}m ", 255 - 4 * level, 2 * level, 4 * level);
    output.write("\x1b[m\n");
}

void renditions(Output& output) {
    output.write("\x1b[1mbold\x1b[m \x1b[2mfaint\x1b[m \x1b[3mslanted\x1b[m \x1b[4munderlined\x1b[m "
                 "\x1b[7mreversed\x1b[m "
                 "\x1b[8mhidden\x1b[m \x1b[9mstruck\x1b[m\n");
}

void drawing(Output& output) {
    output.write("\x1b(0lqqqqqqwqqqqqqk\x1b(B\n"
                 "\x1b(0x\x1b(B card \x1b(0x\x1b(B 1 2 3\x1b(0x\x1b(B\n"
                 "\x1b(0mqqqqqqvqqqqqqj\x1b(B\n");
}

void characters(Output& output) {
    output.write("Zwölf Boxkämpfer jagen Viktor · Où l'obèse jury mûr · Ξεσκεπάζω · Съешь ещё\n"
                 "wide: [日本] marks: [e\u0301o\u0302] no character: [\xff\xe2\x82] none here: [\u0e01]\n");
}

} // namespace

Result<int> program_main(os::Start& start) {
    const auto terminal = TRY(proto::Terminal::output(start));
    Output output{terminal};
    colours(output);
    renditions(output);
    drawing(output);
    characters(output);
    return 0;
}
