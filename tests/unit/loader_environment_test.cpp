#include "loader/boot_environment.h"

#include "base/environment.h"

#include <gtest/gtest.h>

namespace pith::loader {
namespace {

std::string merged(std::string_view configuration, std::string_view command_line) {
    return std::string{BootEnvironment::merge(configuration, command_line).text()};
}

TEST(BootEnvironment, KeepsTheConfiguration) { EXPECT_EQ(merged("// a\nb=c", ""), "// a\nb=c"); }

TEST(BootEnvironment, AppendsPairsAsLines) {
    EXPECT_EQ(merged("a=1", "  b=2\tc=3 "), "a=1\nb=2\nc=3\n");
    EXPECT_EQ(merged("a=1\n", "b=2"), "a=1\nb=2\n");
    EXPECT_EQ(merged("", "b=2"), "b=2\n");
}

TEST(BootEnvironment, LeavesOutWordsThatAreNoPairs) {
    EXPECT_EQ(merged("", "loader.efi =x quiet b=2"), "b=2\n");
}

TEST(BootEnvironment, TheCommandLineWins) {
    const auto environment = BootEnvironment::merge("key=config\n", "key=line");
    EXPECT_EQ(Environment{environment.text()}.get("key"), "line");
}

TEST(BootEnvironment, StopsAtANul) {
    EXPECT_EQ(merged(std::string_view{"a=1\0b=2", 7}, "c=3"), "a=1\nc=3\n");
}

TEST(BootEnvironment, CutsTheConfigurationFirst) {
    std::string configuration;
    while (configuration.size() < 5000)
        configuration += "some=line\n";
    const std::string text = merged(configuration, "key=value other=value");
    EXPECT_LE(text.size(), BootEnvironment::capacity);
    EXPECT_TRUE(text.ends_with("some=line\nkey=value\nother=value\n"));
    EXPECT_GT(text.size(), BootEnvironment::capacity - 40);
}

TEST(BootEnvironment, NeverFillsThePage) {
    for (const std::size_t size : {4000u, 4093u, 4094u, 4095u, 4096u, 9000u}) {
        const std::string word = "k=" + std::string(size, 'v');
        EXPECT_LE(merged("a=1\n", word).size(), BootEnvironment::capacity) << size;
        EXPECT_LE(merged(std::string(size, 'x'), "b=2").size(), BootEnvironment::capacity) << size;
        EXPECT_LE(merged(std::string(size, 'x'), "").size(), BootEnvironment::capacity) << size;
    }
}

TEST(BootEnvironment, WritesZerosBehindTheText) {
    std::array<std::byte, page_size> page;
    page.fill(std::byte{0xff});
    BootEnvironment::merge("a=1", "").write_to(page);
    EXPECT_EQ(page[2], std::byte{'1'});
    for (std::size_t i = 3; i < page.size(); ++i)
        ASSERT_EQ(page[i], std::byte{0}) << i;
}

TEST(ScreenSize, Parses) {
    EXPECT_EQ(parse_screen_size("1280x1024"), (ScreenSize{1280, 1024}));
    for (const auto* text : {"", "x", "1280", "1280x", "x1024", "639x480", "640x479", "9000x9000", "-1x-1",
                             "1280x10a4", "4294967936x480"})
        EXPECT_EQ(parse_screen_size(text), std::nullopt) << text;
}

} // namespace
} // namespace pith::loader
