#include "programs/shell/completion.h"

#include <gtest/gtest.h>

namespace pith::shell {
namespace {

TEST(ShellCompletion, FindsTheWordBeforeTheCursor) {
    const auto is = [](std::string_view line, bool command, std::string_view directory,
                       std::string_view start) {
        const Unfinished found = find_unfinished(line);
        EXPECT_EQ(found.is_command, command) << line;
        EXPECT_EQ(found.directory, directory) << line;
        EXPECT_EQ(found.start, start) << line;
    };
    is("", true, "", "");
    is("ec", true, "", "ec");
    is("  ec", true, "", "ec");
    is("echo a", false, "", "a");
    is("echo ", false, "", "");
    is("a | b", true, "", "b");
    is("a && b", true, "", "b");
    is("a;  b", true, "", "b");
    is("a > b", false, "", "b");
    is("> b", false, "", "b");
    is("./scr", false, "./", "scr");
    is("cat /sys/con", false, "/sys/", "con");
    is("cat '/tmp/a b/c", false, "/tmp/a b/", "c");
    is("cat a\\ b", false, "", "a b");
    is("cat \"a;b", false, "", "a;b");
}

TEST(ShellCompletion, AddsWhatIsCertain) {
    const Names names{"config", "console", "core", ".hidden", "directory/", "a b"};
    const auto complete = [&](std::string_view start) {
        return to_insert(start, that_begin_with(start, names));
    };
    EXPECT_EQ(complete("con"), "");
    EXPECT_EQ(complete("conf"), "ig ");
    EXPECT_EQ(complete("c"), "o");
    EXPECT_EQ(complete("x"), "");
    EXPECT_EQ(complete("d"), "irectory/"); // and on with what is in it
    EXPECT_EQ(complete("a"), "\\ b ");
    EXPECT_EQ(that_begin_with("", names).size(), 5u);
    EXPECT_EQ(complete("."), "hidden ");
}

} // namespace
} // namespace pith::shell
