#include "programs/shell/expansion.h"
#include "programs/shell/syntax.h"

#include <gtest/gtest.h>

#include <map>

namespace pith::shell {
namespace {

/// A shell with a few variables and files.
struct Surroundings {
    std::map<std::string, std::string> variables{
        {"?", "7"}, {"x", "a b"}, {"empty", ""}, {"star", "*.c"}, {"HOME", "/h o"}};
    std::map<std::string, std::vector<std::string>> directories{{".", {".hidden", "a.c", "b.c", "dir"}},
                                                                {"dir/", {"c.c", "d"}},
                                                                {"/", {"bin", "tmp"}},
                                                                {"/bin/", {"ls"}}};
    [[nodiscard]] std::string variable(const std::string& name) const {
        const auto found = variables.find(name);
        return found == variables.end() ? "" : found->second;
    }
    [[nodiscard]] std::vector<std::string> names_in(std::string_view directory) const {
        const auto found = directories.find(std::string{directory});
        return found == directories.end() ? std::vector<std::string>{} : found->second;
    }
};

using Words = std::vector<std::string>;

/// The words of each command of a line that has pipelines of one command.
std::vector<Words> parsed(std::string_view line) {
    const auto pipelines = parse_line(line);
    if (!pipelines) return {{"error: " + std::string{pipelines.error()}}};
    const Surroundings surroundings;
    std::vector<Words> commands;
    for (const Pipeline& pipeline : *pipelines) {
        Words words;
        for (const Word& word : pipeline.commands[0].words)
            words.append_range(Expansion{surroundings}.expand(word));
        commands.push_back(words);
    }
    return commands;
}
using Commands = std::vector<Words>;

TEST(ShellSyntax, SeparatesWordsByBlanks) {
    EXPECT_EQ(parsed("echo  a\tb "), (Commands{{"echo", "a", "b"}}));
    EXPECT_EQ(parsed(""), Commands{});
    EXPECT_EQ(parsed("  \t"), Commands{});
    EXPECT_EQ(parsed("  # nothing"), Commands{});
}

TEST(ShellSyntax, SeparatesCommandsBySemicolons) {
    EXPECT_EQ(parsed("a b;c ; d;"), (Commands{{"a", "b"}, {"c"}, {"d"}}));
}

TEST(ShellSyntax, QuotesKeepBlanks) {
    EXPECT_EQ(parsed("echo 'a  b' \"c ; d\" e\\ f"), (Commands{{"echo", "a  b", "c ; d", "e f"}}));
    EXPECT_EQ(parsed("'' \"\""), (Commands{{"", ""}}));
    EXPECT_EQ(parsed("a'b'\"c\"d"), (Commands{{"abcd"}}));
    EXPECT_EQ(parsed(R"("\"\\\n")"), (Commands{{"\"\\\\n"}}));
}

TEST(ShellSyntax, VariablesStandForWhatTheyHold) {
    EXPECT_EQ(parsed("echo $? \"$?\" '$?' \\$x"), (Commands{{"echo", "7", "7", "$?", "$x"}}));
    EXPECT_EQ(parsed("$x \"$x\" ${x}c $empty \"$empty\" $none"),
              (Commands{{"a", "b", "a b", "a", "bc", ""}}));
    EXPECT_EQ(parsed("$ a$ \"$\""), (Commands{{"$", "a$", "$"}}));
}

TEST(ShellSyntax, PatternsStandForNames) {
    EXPECT_EQ(parsed("*.c ?.c"), (Commands{{"a.c", "b.c", "a.c", "b.c"}}));
    EXPECT_EQ(parsed("[ac].c [!a].c"), (Commands{{"a.c", "b.c"}}));
    EXPECT_EQ(parsed("'['ab].c \\[ab].c [x].c [ab"), (Commands{{"[ab].c", "[ab].c", "[x].c", "[ab"}}));
    EXPECT_EQ(parsed("* .h*"), (Commands{{"a.c", "b.c", "dir", ".hidden"}}));
    EXPECT_EQ(parsed("'*'.c \\*.c \"*\" *.none"), (Commands{{"*.c", "*.c", "*", "*.none"}}));
    EXPECT_EQ(parsed("d*/*.c /b?n/l*"), (Commands{{"dir/c.c", "/bin/ls"}}));
    EXPECT_EQ(parsed("$star \"$star\""), (Commands{{"a.c", "b.c", "*.c"}}));
}

TEST(ShellSyntax, CommentsEndTheLine) {
    EXPECT_EQ(parsed("a # b ; c"), (Commands{{"a"}}));
    EXPECT_EQ(parsed("a#b"), (Commands{{"a#b"}}));
}

TEST(ShellSyntax, ConnectsAndConditions) {
    const auto line = parse_line("a | b|c && d || e & f");
    ASSERT_TRUE(line);
    ASSERT_EQ(line->size(), 4);
    EXPECT_EQ((*line)[0].commands.size(), 3);
    EXPECT_EQ((*line)[0].condition, Pipeline::Condition::always);
    EXPECT_EQ((*line)[1].condition, Pipeline::Condition::after_success);
    EXPECT_EQ((*line)[2].condition, Pipeline::Condition::after_failure);
    EXPECT_FALSE((*line)[1].background);
    EXPECT_TRUE((*line)[2].background);
    EXPECT_EQ((*line)[3].condition, Pipeline::Condition::always);
}

TEST(ShellSyntax, Redirects) {
    const auto line = parse_line("a<in >'o u t' b>>more");
    ASSERT_TRUE(line);
    const Command& command = (*line)[0].commands[0];
    EXPECT_EQ(command.words.size(), 2);
    ASSERT_EQ(command.redirections.size(), 3);
    EXPECT_EQ(command.redirections[0].kind, Redirection::Kind::input);
    EXPECT_EQ(command.redirections[1].kind, Redirection::Kind::output);
    EXPECT_EQ(command.redirections[1].target[0].text, "o u t");
    EXPECT_EQ(command.redirections[2].kind, Redirection::Kind::append);
}

std::vector<Redirection> redirections(std::string_view line) {
    const auto parsed_line = parse_line(line);
    return parsed_line && parsed_line->size() == 1 ? (*parsed_line)[0].commands[0].redirections
                                                   : std::vector<Redirection>{};
}

TEST(ShellSyntax, RedirectsWhatIsComplainedAbout) {
    using enum Redirection::Kind;
    using Stream = Redirection::Stream;
    const Word file{{Part::Kind::text, "f"}};
    EXPECT_EQ(redirections("a 2> f"), (std::vector<Redirection>{{output, Stream::errors, file}}));
    EXPECT_EQ(redirections("a 2>>f"), (std::vector<Redirection>{{append, Stream::errors, file}}));
    EXPECT_EQ(redirections("a 1>f"), (std::vector<Redirection>{{output, Stream::output, file}}));
    EXPECT_EQ(redirections("a > f 2>&1"),
              (std::vector<Redirection>{{output, Stream::output, file}, {like_output, Stream::errors, {}}}));
    EXPECT_EQ(redirections("a &> f"), redirections("a > f 2>&1"));
    EXPECT_EQ(redirections("a &>> f"), redirections("a >> f 2>&1"));
    EXPECT_EQ(redirections("a >&2"), (std::vector<Redirection>{{like_errors, Stream::output, {}}}));
    EXPECT_EQ(redirections("a2>f"), redirections("a >f")) << "a number that ends a word is none";
    EXPECT_EQ(parsed("a 2 >f; a& b"), (Commands{{"a", "2"}, {"a"}, {"b"}}));
    for (const char* line : {"a 2>", "a 2> ; b", "a &>", "a >&3"})
        EXPECT_FALSE(parse_line(line)) << line;
}

TEST(ShellSyntax, KnowsWhereHomeIs) {
    EXPECT_EQ(parsed("cd ~; ls ~/a ~/*.c"), (Commands{{"cd", "/h o"}, {"ls", "/h o/a", "/h o/*.c"}}));
    EXPECT_EQ(parsed("echo ~a a~ '~' \\~ x=~"), (Commands{{"echo", "~a", "a~", "~", "~", "x=~"}}));
}

TEST(ShellSyntax, RefusesWhatIsNotComplete) {
    for (const char* line : {"echo 'a", "echo \"a", "echo \\", "a |", "| a", "a | | b", "a &&", "&& a", "a >",
                             "a > ;", "a < | b", "; a", "${", "${1}", "a ||", "a || || b", "& a"})
        EXPECT_FALSE(parse_line(line)) << line;
}

TEST(Wildcard, Matches) {
    for (const auto& [name, pattern] : {std::pair{"", ""},
                                        {"", "*"},
                                        {"abc", "a*c"},
                                        {"abc", "*"},
                                        {"abc", "a?c"},
                                        {"aXbXc", "*b*"},
                                        {"a*", "a\\*"},
                                        {"aab", "*ab"},
                                        {"abcabd", "*ab?"},
                                        {"a1", "a[0-9]"},
                                        {"b", "[abc]"},
                                        {"ax.c", "[a-c]*.[ch]"},
                                        {"x", "[!a-c]"},
                                        {"x", "[^a-c]"},
                                        {"]", "[]]"},
                                        {"a", "[!]]"},
                                        {"-", "[a-]"},
                                        {"-", "[-a]"},
                                        {"\xe4", "[\x80-\xff]"},
                                        {"aab", "*[b]"},
                                        {"[", "["},
                                        {"[a", "[a"},
                                        {"[]", "[]"},
                                        {"[a]", "\\[a]"},
                                        {"a[", "a["}})
        EXPECT_TRUE(matches_wildcard(name, pattern)) << name << ' ' << pattern;
    for (const auto& [name, pattern] : {std::pair{"a", ""},
                                        {"", "?"},
                                        {"abc", "a*b"},
                                        {"ab", "a\\*"},
                                        {"abc", "abcd"},
                                        {"abc", "?bd"},
                                        {"aaa", "*b*"},
                                        {"a", "[0-9]"},
                                        {"b", "[!a-c]"},
                                        {"", "[a]"},
                                        {"ab", "[ab]"},
                                        {"a", "[c-a]"},
                                        {"a", "\\[a]"},
                                        {"a", "[a"},
                                        {"a]", "[!]"}})
        EXPECT_FALSE(matches_wildcard(name, pattern)) << name << ' ' << pattern;
}

} // namespace
} // namespace pith::shell
