#include "base/environment.h"
#include "base_samples.h"

#include <gtest/gtest.h>
#include <string>

namespace pith {
namespace {

using namespace std::string_view_literals;

TEST(Environment, FindsValues) {
    const Environment e{"screen=1024x768\nkernel=sys/core\n\nempty=\nlast=yes"};
    EXPECT_EQ(e.get("screen"), "1024x768");
    EXPECT_EQ(e.get("kernel"), "sys/core");
    EXPECT_EQ(e.get("empty"), "");
    EXPECT_EQ(e.get("last"), "yes");
    EXPECT_EQ(e.get("scree"), std::nullopt);
    EXPECT_EQ(e.get("creen"), std::nullopt);
    EXPECT_EQ(e.get(""), std::nullopt);
}

TEST(Environment, LastOccurrenceWins) { EXPECT_EQ(Environment{"a=1\nb=2\na=3\n"}.get("a"), "3"); }

TEST(Environment, Comments) {
    const Environment e{
        "# a=0\n// b=0\na=1 # rest\nb=2// kept\nc=x#y // gone\n/* d=1 */\n/* many\ne=1\n*/ f=7\n"
        "url=http://host/\ng=1 /* h */ i=2\n#"};
    EXPECT_EQ(e.get("a"), "1");
    EXPECT_EQ(e.get("b"), "2// kept");
    EXPECT_EQ(e.get("c"), "x#y");
    EXPECT_EQ(e.get("d"), std::nullopt);
    EXPECT_EQ(e.get("e"), std::nullopt);
    EXPECT_EQ(e.get("f"), "7");
    EXPECT_EQ(e.get("url"), "http://host/");
    EXPECT_EQ(e.get("g"), "1");
    EXPECT_EQ(e.get("i"), "2");
    EXPECT_EQ(Environment{"a=1 /* never closed\nb=2\n"}.get("b"), std::nullopt);
    EXPECT_EQ(Environment{"/*/ a=1 */ b=2"}.get("a"), std::nullopt);
    EXPECT_EQ(Environment{"/*/ a=1 */ b=2"}.get("b"), "2");
}

TEST(Environment, BlanksAndLineEnds) {
    const Environment e{"  \ta=1 \t\r\nb= two words \rc d=3\n=4\nnothing\n"};
    EXPECT_EQ(e.get("a"), "1");
    EXPECT_EQ(e.get("b"), "two words");
    EXPECT_EQ(e.get("d"), std::nullopt); // not at the start of its line
    EXPECT_EQ(e.get("c d"), std::nullopt);
    EXPECT_EQ(e.get("b").value().find("  "), std::string_view::npos);
}

TEST(Environment, EndsAtNulAndAtItsBound) {
    EXPECT_EQ(Environment{"a=1\n\0a=2\n"sv}.get("a"), "1");
    const std::string full = "a=" + std::string(8000, 'x');
    EXPECT_EQ(Environment{full}.get("a")->size(), Environment::max_size - 2);
    EXPECT_EQ(Environment{std::string(4096, ' ') + "a=1"}.get("a"), std::nullopt);
    EXPECT_EQ(Environment{""}.get("a"), std::nullopt);
}

TEST(Environment, PairsInOrder) {
    auto cursor = Environment{"a=1\nb=2\na=3"}.pairs();
    std::string seen;
    while (const auto pair = cursor.next())
        seen += std::string{pair->key} + std::string{pair->value};
    EXPECT_EQ(seen, "a1b2a3");
}

TEST(Environment, AnyBytes) {
    samples::Random random{3};
    constexpr std::string_view alphabet = "ab=/*# \n\r\t\0"sv;
    for (int i = 0; i < 20000; ++i) {
        samples::Buffer bytes(random.below(24));
        for (std::byte& b : bytes)
            b = static_cast<std::byte>(alphabet[random.below(alphabet.size())]);
        const Environment e{as_text(bytes)};
        auto cursor = e.pairs();
        std::size_t count = 0;
        while (const auto pair = cursor.next()) {
            ASSERT_FALSE(pair->key.empty());
            ASSERT_EQ(pair->key.find_first_of(" \t\n\r="), std::string_view::npos);
            ASSERT_EQ(pair->value.find_first_of("\n\r"), std::string_view::npos);
            ASSERT_TRUE(e.get(pair->key).has_value());
            ASSERT_LE(++count, bytes.size());
        }
    }
}

} // namespace
} // namespace pith
