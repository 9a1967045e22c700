#include "programs/shell/words.h"

#include <gtest/gtest.h>

namespace pith::shell {
namespace {

std::vector<Words> parsed(std::string_view line, u64 status = 0) {
    const auto commands = parse_line(line, status);
    return commands ? *commands : std::vector<Words>{{"error: " + std::string{commands.error()}}};
}
using Commands = std::vector<Words>;

TEST(ShellWords, SeparatesWordsByBlanks) {
    EXPECT_EQ(parsed("echo  a\tb "), (Commands{{"echo", "a", "b"}}));
    EXPECT_EQ(parsed(""), Commands{});
    EXPECT_EQ(parsed("  \t"), Commands{});
}

TEST(ShellWords, SeparatesCommandsBySemicolons) {
    EXPECT_EQ(parsed("a b;c ;; d"), (Commands{{"a", "b"}, {"c"}, {"d"}}));
}

TEST(ShellWords, QuotesKeepBlanks) {
    EXPECT_EQ(parsed("echo 'a  b' \"c ; d\" e\\ f"), (Commands{{"echo", "a  b", "c ; d", "e f"}}));
    EXPECT_EQ(parsed("'' \"\""), (Commands{{"", ""}}));
    EXPECT_EQ(parsed("a'b'\"c\"d"), (Commands{{"abcd"}}));
    EXPECT_EQ(parsed(R"("\"\\\n")"), (Commands{{"\"\\\\n"}}));
}

TEST(ShellWords, KnowsTheLastStatus) {
    EXPECT_EQ(parsed("echo $? \"$?\" '$?' $x", 127), (Commands{{"echo", "127", "127", "$?", "$x"}}));
}

TEST(ShellWords, CommentsEndTheLine) {
    EXPECT_EQ(parsed("a # b ; c"), (Commands{{"a"}}));
    EXPECT_EQ(parsed("a#b"), (Commands{{"a#b"}}));
}

TEST(ShellWords, RefusesWhatIsNotClosed) {
    for (const char* line : {"echo 'a", "echo \"a", "echo \\", "a | b", "a > b", "a &"})
        EXPECT_FALSE(parse_line(line, 0)) << line;
}

} // namespace
} // namespace pith::shell
