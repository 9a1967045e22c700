#include "base/archive.h"
#include "base_samples.h"

#include <gtest/gtest.h>

namespace pith {
namespace {

using namespace samples;

/// Goes through everything; the number of entries, or the error.
Result<u64> walk(const Buffer& bytes) {
    const Archive archive = TRY(Archive::open(bytes));
    Archive::Cursor cursor = archive.entries();
    u64 count = 0;
    u64 sum = 0;
    while (true) {
        const auto entry = TRY(cursor.next());
        if (!entry) break;
        for (const std::byte b : entry->content)
            sum += std::to_integer<u64>(b);
        EXPECT_FALSE(entry->name.empty());
        ++count;
        if (count > bytes.size()) ADD_FAILURE() << "no end";
    }
    EXPECT_NE(sum, ~u64{0});
    return count;
}

void check_tree(const Buffer& bytes) {
    const auto archive = Archive::open(bytes);
    ASSERT_TRUE(archive);
    EXPECT_EQ(walk(bytes), 4u); // the link is passed over
    EXPECT_EQ(as_text(archive->read("sys/core").value()), std::string(1000, 'k'));
    EXPECT_EQ(as_text(archive->read("./sys/config").value()), "a=1\n");
    EXPECT_EQ(archive->find("sys")->kind, ArchiveEntry::Kind::directory);
    EXPECT_EQ(archive->read("sys").error(), Error::is_directory);
    EXPECT_EQ(archive->read("empty")->size(), 0u);
    EXPECT_EQ(archive->find("sys/cor").error(), Error::not_found);
    EXPECT_EQ(archive->find("sys/core2").error(), Error::not_found);
    EXPECT_EQ(archive->find("").error(), Error::not_found);
    EXPECT_EQ(archive->find("sys/link").error(), Error::not_found);
}

TEST(Archive, Tar) { check_tree(tar(tree())); }
TEST(Archive, GnuTar) { check_tree(tar(tree(), true)); }
TEST(Archive, CpioNew) { check_tree(cpio(tree(), "070701")); }
TEST(Archive, CpioNewInCapitals) { check_tree(cpio(tree(), "070701", true)); }
TEST(Archive, CpioChecked) { check_tree(cpio(tree(), "070702")); }
TEST(Archive, CpioOctal) { check_tree(cpio(tree(), "070707")); }

TEST(Archive, LeadingDotSlash) {
    for (const Buffer& bytes :
         {tar({{"./", "", '5'}, {"./a/b", "x"}}), cpio({{".", "", '5'}, {"./a/b", "x"}}, "070701")}) {
        const auto archive = Archive::open(bytes);
        ASSERT_TRUE(archive);
        EXPECT_TRUE(archive->read("a/b"));
        EXPECT_TRUE(archive->read("./a/b"));
        EXPECT_EQ(walk(bytes), 1u); // the root itself has no name
    }
}

TEST(Archive, RubbishBehindTheEndMark) {
    for (Buffer bytes : {tar(tree()), cpio(tree(), "070701"), cpio(tree(), "070707")}) {
        put(bytes, std::string(3000, '\xa5'));
        check_tree(bytes);
    }
}

TEST(Archive, EmptyArchives) {
    EXPECT_EQ(walk(tar({})), 0u);
    EXPECT_EQ(walk(cpio({}, "070701")), 0u);
    EXPECT_EQ(walk(cpio({}, "070707")), 0u);
    EXPECT_EQ(walk({}), std::unexpected(Error::unsupported));
}

TEST(Archive, TarPrefix) {
    const Buffer bytes =
        tar({{.name = "name", .content = "p", .prefix = "long/way"},
             {.name = std::string(100, 'n'), .content = "q", .prefix = std::string(155, 'p')}});
    const auto archive = Archive::open(bytes);
    ASSERT_TRUE(archive);
    EXPECT_EQ(as_text(archive->read("long/way/name").value()), "p");
    EXPECT_FALSE(archive->read("name"));
    EXPECT_EQ(as_text(archive->read(std::string(155, 'p') + "/" + std::string(100, 'n')).value()), "q");
    // In GNU's dialect that place holds something else.
    const Buffer gnu = tar({{.name = "name", .content = "p", .prefix = "12345"}}, true);
    EXPECT_TRUE(Archive::open(gnu)->read("name"));
}

TEST(Archive, TarExtendedHeaders) {
    const Buffer bytes = tar({{"pax", "30 mtime=1700000000.123456789\n", 'x'},
                              {"kept", "1"},
                              {"global", "17 comment=hello\n", 'g'},
                              {"too", "2"},
                              {"././@LongLink", std::string(150, 'l'), 'L'},
                              {std::string(100, 'l'), "3"},
                              {"pax", "21 path=another/name\n", 'x'},
                              {"shortened", "4"},
                              {"last", "5"}});
    const auto archive = Archive::open(bytes);
    ASSERT_TRUE(archive);
    EXPECT_EQ(as_text(archive->read("kept").value()), "1");
    EXPECT_EQ(as_text(archive->read("too").value()), "2");
    // Entries whose true name we did not read are not shown under a wrong one.
    EXPECT_FALSE(archive->read(std::string(100, 'l')));
    EXPECT_FALSE(archive->read("shortened"));
    EXPECT_EQ(as_text(archive->read("last").value()), "5");
}

TEST(Archive, TarChecksum) {
    Buffer bytes = tar(tree());
    bytes.at(0) ^= std::byte{1};
    EXPECT_EQ(walk(bytes), std::unexpected(Error::unsupported)); // not even the first header
    bytes = tar(tree());
    bytes.at(512 + 100) ^= std::byte{1};
    EXPECT_EQ(walk(bytes), std::unexpected(Error::bad_format));
}

TEST(Archive, TarSizes) {
    const auto with_size = [](std::string_view size) {
        Buffer bytes = tar({{"a", "content"}});
        std::copy(as_bytes(size).begin(), as_bytes(size).end(), bytes.begin() + 124);
        fix_tar_checksum(bytes, 0);
        return walk(bytes);
    };
    EXPECT_EQ(with_size(std::string_view{"7          \0", 12}), 1u);
    EXPECT_EQ(with_size("77777777777"), std::unexpected(Error::end_of_data));
    EXPECT_EQ(with_size("777777777777"), std::unexpected(Error::end_of_data)); // no room for a NUL
    EXPECT_EQ(with_size("0000000000x"), std::unexpected(Error::bad_format));
    EXPECT_EQ(with_size("\x80"), std::unexpected(Error::unsupported));
}

TEST(Archive, CpioFields) {
    Buffer bytes = cpio({{"a", "content"}}, "070702");
    bytes.at(bytes.size() - 130) ^= std::byte{1}; // in the content
    EXPECT_FALSE(walk(bytes));
    bytes = cpio({{"a", "content"}}, "070701");
    bytes.at(60) = std::byte{'g'}; // no digit
    EXPECT_EQ(walk(bytes), std::unexpected(Error::unsupported));
    bytes = cpio({{"a", "content"}}, "070701");
    std::fill_n(bytes.begin() + 94, 8, std::byte{'f'}); // the name's size
    EXPECT_FALSE(walk(bytes));
    bytes = cpio({{"a", "content"}}, "070701");
    std::fill_n(bytes.begin() + 94, 8, std::byte{'0'}); // a name without its NUL
    EXPECT_FALSE(walk(bytes));
    bytes = cpio({{std::string(ArchiveEntry::max_name + 1, 'n'), "x"}, {"a", "y"}}, "070701");
    EXPECT_EQ(walk(bytes), 1u); // no room for the name: passed over
}

TEST(Archive, TruncatedAtEveryLength) {
    for (const Buffer& whole : {tar(tree()), tar(tree(), true), cpio(tree(), "070701"),
                                cpio(tree(), "070702"), cpio(tree(), "070707")}) {
        const bool is_tar = whole.size() % 512 == 0;
        const std::size_t needed = is_tar ? whole.size() - 512 : whole.size() - 3;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto count = walk(prefix_of(whole, size));
            if (size < needed) EXPECT_FALSE(count) << size;
        }
    }
    EXPECT_EQ(walk(tar(tree(), false, false)), std::unexpected(Error::end_of_data));
}

TEST(Archive, SurvivesDamage) {
    Random random{2};
    for (const Buffer& whole :
         {tar(tree()), cpio(tree(), "070701"), cpio(tree(), "070702"), cpio(tree(), "070707")})
        for (int i = 0; i < 3000; ++i)
            (void)walk(damaged(whole, random));
    // The checksum hides most damage from the rest of the tar reader: put it right again.
    for (int i = 0; i < 3000; ++i) {
        Buffer bytes = damaged(tar(tree()), random);
        for (const std::size_t at : {0u, 512u, 2048u, 3072u})
            fix_tar_checksum(bytes, at);
        (void)walk(bytes);
    }
}

} // namespace
} // namespace pith
