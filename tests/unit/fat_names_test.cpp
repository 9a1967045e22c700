#include "servers/fat/short_names.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace pith::fat {
namespace {

std::string text_of(const ShortName& name) { return {name.begin(), name.end()}; }
ShortName short_name(std::string_view text) {
    ShortName name{};
    std::copy_n(text.begin(), name.size(), name.begin());
    return name;
}

TEST(FatNames, GoToUtf16AndBack) {
    for (const std::string_view name : {"a", "Read me.txt", "caf\u00e9", "\u65e5\u672c\u8a9e",
                                        "\U0001f427 and \U0001f427", ".hidden", "a.b.c"}) {
        const auto units = to_units(name);
        ASSERT_TRUE(units) << name;
        EXPECT_EQ(to_text(*units), name);
    }
    EXPECT_EQ(to_units("\U0001f427")->size(), 2);
    EXPECT_EQ(to_text(std::u16string{u'a', char16_t{0xd800}, u'b'}), "a\ufffdb");
}

TEST(FatNames, SomeAreNone) {
    for (const std::string_view name : {"", "a.", "a ", "a?", "a:b", "\"", "a\x01", "\xff", "\xc0\x80",
                                        "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe6\x97", "a\\b", "."})
        EXPECT_EQ(to_units(name).error(), Error::bad_argument) << name;
    EXPECT_TRUE(to_units(std::string(255, 'x')));
    EXPECT_EQ(to_units(std::string(256, 'x')).error(), Error::too_large);
}

TEST(FatNames, UpperAndLowerCaseAreTheSame) {
    EXPECT_TRUE(is_same_name(u"Readme.TXT", u"rEADME.txt"));
    EXPECT_TRUE(is_same_name(u"\u00c4\u00d6\u00dc", u"\u00e4\u00f6\u00fc"));
    EXPECT_TRUE(is_same_name(u"\u041f\u0440\u0418", u"\u043f\u0420\u0438"));
    EXPECT_TRUE(is_same_name(u"\u03b1\u03ac", u"\u0391\u0386"));
    EXPECT_TRUE(is_same_name(u"\u0161\u017e", u"\u0160\u017d"));
    EXPECT_FALSE(is_same_name(u"a", u"b"));
    EXPECT_FALSE(is_same_name(u"a", u"ab"));
    EXPECT_FALSE(is_same_name(u"\u00d7", u"\u00f7")); // times and divided by
    for (char16_t unit = 0; unit < 0xffff; ++unit)
        EXPECT_EQ(fold(fold(unit)), fold(unit)) << u32{unit};
}

TEST(FatNames, ShortOnesAreMade) {
    struct Expected {
        std::u16string_view name;
        std::string_view made;
        bool exact;
    };
    constexpr Expected all[] = {
        {u"README.TXT", "README  TXT", true}, {u"readme.txt", "README  TXT", false},
        {u"A", "A          ", true},          {u"longer-than-it.html", "LONGER~1HTM", false},
        {u".history", "HISTOR~1   ", false},  {u"a.b.c", "AB~1    C  ", false},
        {u"two words", "TWOWOR~1   ", false}, {u"\u65e5\u672c", "__~1       ", false},
        {u"a+b", "A_B~1      ", false},       {u"...x", "X~1        ", false},
        {u" x", "X~1        ", false},        {u"name.toolong", "NAME~1  TOO", false},
    };
    for (const Expected& each : all) {
        const ShortNames names{each.name};
        ASSERT_TRUE(names.pick());
        EXPECT_EQ(text_of(*names.pick()), each.made);
        EXPECT_EQ(names.is_exact(), each.exact) << each.made;
    }
}

TEST(FatNames, ShortOnesAreOtherThanThoseThatAreThere) {
    ShortNames names{u"longer-than-it"};
    for (const std::string_view taken :
         {"LONGER~1   ", "LONGER~3   ", "LONGER~2TXT", "OTHERS~2   ", "LONGER~0   "})
        names.note(short_name(taken));
    EXPECT_EQ(text_of(*names.pick()), "LONGER~2   ");
    names.note(short_name("LONGER~2   "));
    for (int i = 4; i <= 9; ++i)
        names.note(short_name("LONGER~" + std::to_string(i) + "   "));
    EXPECT_EQ(text_of(*names.pick()), "LONGE~10   ");
    ShortNames plain{u"readme.txt"};
    plain.note(short_name("README  TXT"));
    EXPECT_EQ(text_of(*plain.pick()), "README~1TXT");
}

TEST(FatNames, ShortOnesAreReadInCodePage437) {
    Entry entry{};
    entry.name = short_name("ABC     TXT");
    EXPECT_EQ(short_name_of(entry), u"ABC.TXT");
    entry.flags = Entry::lower_base;
    EXPECT_EQ(short_name_of(entry), u"abc.TXT");
    entry.flags = Entry::lower_base | Entry::lower_extension;
    EXPECT_EQ(short_name_of(entry), u"abc.txt");
    entry.name = short_name("\x05\x8e      "
                            "   ");
    EXPECT_EQ(short_name_of(entry), u"\u03c3\u00c4");
}

TEST(FatNames, TheSumTiesBothTogether) {
    // As the specification's loop computes it, step by step.
    u8 sum = 0;
    const ShortName name = short_name("LONGER~1HTM");
    for (const u8 byte : name)
        sum = static_cast<u8>((sum & 1 ? 0x80 : 0) + (sum >> 1) + byte);
    EXPECT_EQ(sum_of(name), sum);
}

} // namespace
} // namespace pith::fat
