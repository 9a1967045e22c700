#include "servers/init/kept.h"

#include <gtest/gtest.h>

#include <memory>

namespace pith::os::init {
namespace {

/// Stands for a capability: it is somewhere, or nowhere any more.
using Capability = std::shared_ptr<int>;
Capability capability(int number) { return std::make_shared<int>(number); }

TEST(KeptCapabilities, AreFoundInTheirOrder) {
    Kept<Capability, 4> kept;
    EXPECT_EQ(kept.at(0), nullptr);
    EXPECT_TRUE(kept.keep("/a", 7, capability(1)));
    EXPECT_TRUE(kept.keep("/b", 8, capability(2)));
    ASSERT_NE(kept.at(1), nullptr);
    EXPECT_EQ(kept.at(0)->name, "/a");
    EXPECT_EQ(kept.at(0)->note, 7u);
    EXPECT_EQ(*kept.at(1)->capability, 2);
    EXPECT_EQ(kept.at(2), nullptr);
    EXPECT_EQ(kept.at(~u64{0}), nullptr);
}

TEST(KeptCapabilities, TakeTheirNamesakesPlace) {
    Kept<Capability, 2> kept;
    const Capability first = capability(1);
    EXPECT_TRUE(kept.keep("/a", 7, first));
    EXPECT_TRUE(kept.keep("/b", 8, capability(2)));
    EXPECT_TRUE(kept.keep("/a", 9, capability(3))) << "however full it is: a repeated message does no harm";
    EXPECT_EQ(first.use_count(), 1) << "what was replaced is closed";
    EXPECT_EQ(kept.at(0)->note, 9u);
    EXPECT_EQ(*kept.at(0)->capability, 3);
    EXPECT_EQ(kept.at(2), nullptr);
}

TEST(KeptCapabilities, AreLimitedInNumber) {
    Kept<Capability, 2> kept;
    EXPECT_EQ(kept.keep("", 0, capability(0)).error(), Error::bad_argument);
    EXPECT_TRUE(kept.keep("/a", 0, capability(1)));
    EXPECT_TRUE(kept.keep("/b", 0, capability(2)));
    const Capability third = capability(3);
    EXPECT_EQ(kept.keep("/c", 0, third).error(), Error::no_space);
    EXPECT_EQ(third.use_count(), 1) << "who is refused leaves nothing behind";
    EXPECT_TRUE(kept.drop("/a"));
    EXPECT_TRUE(kept.keep("/c", 0, third));
}

TEST(KeptCapabilities, AreDroppedByName) {
    Kept<Capability, 4> kept;
    EXPECT_EQ(kept.drop("/a").error(), Error::not_found);
    EXPECT_TRUE(kept.keep("/a", 0, capability(1)));
    EXPECT_TRUE(kept.keep("/a/b", 0, capability(2)));
    EXPECT_EQ(kept.drop("/").error(), Error::not_found) << "no part of a name";
    const auto dropped = kept.drop("/a");
    ASSERT_TRUE(dropped);
    EXPECT_EQ(**dropped, 1);
    EXPECT_EQ(kept.drop("/a").error(), Error::not_found);
    EXPECT_EQ(kept.at(0)->name, "/a/b");
}

TEST(KeptCapabilities, ThatNameNothingAnyMoreAreForgotten) {
    Kept<Capability, 3> kept;
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(kept.keep(std::string(1, static_cast<char>('a' + i)), 0, capability(i)));
    kept.forget([](const Capability& each) { return *each != 1; });
    ASSERT_NE(kept.at(0), nullptr);
    EXPECT_EQ(kept.at(0)->name, "b");
    EXPECT_EQ(kept.at(1), nullptr);
}

} // namespace
} // namespace pith::os::init
