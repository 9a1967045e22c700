#include "servers/init/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace pith::os::init {
namespace {

TEST(ServiceTable, ReadsWhatItSays) {
    const auto table =
        parse_table("# comment\n"
                    "service a # more\n"
                    "\tprogram sys/a\r\n"
                    " offers\n awaited\n"
                    " priority 24\n memory 100\n"
                    " grant p ports 0x3f8 8\n grant i interrupt 4\n grant s system power list\n"
                    " exited restart 5\n failed ignore\n"
                    "service b\n program bin/b\n grant c connect a as 7\n grant r initrd\n"
                    " grant m budget\n grant d screen\n grant e supervise\n grant k kept\n grant l kept 17\n"
                    " grant q keeper\n exited poweroff");
    ASSERT_TRUE(table) << table.error().line << ": " << table.error().what;
    ASSERT_EQ(table->size(), 2u);
    const Service& a = (*table)[0];
    EXPECT_EQ(a.program, "sys/a");
    EXPECT_TRUE(a.offers);
    EXPECT_TRUE(a.awaited);
    EXPECT_FALSE((*table)[1].awaited);
    EXPECT_EQ(a.priority, 24u);
    EXPECT_EQ(a.memory_pages, 100u);
    ASSERT_EQ(a.grants.size(), 3u);
    EXPECT_EQ(a.grants[0].source, Source::ports);
    EXPECT_EQ(a.grants[0].first, 0x3f8u);
    EXPECT_EQ(a.grants[0].count, 8u);
    EXPECT_EQ(a.grants[1].first, 4u);
    EXPECT_EQ(a.grants[2].rights, abi::rights::system::power | abi::rights::system::list | abi::rights::copy);
    EXPECT_EQ(a.exited.action, EndRule::Action::restart);
    EXPECT_EQ(a.exited.limit, 5u);
    const Service& b = (*table)[1];
    EXPECT_EQ(b.grants[0].service, "a");
    EXPECT_EQ(b.grants[0].badge, 7u);
    EXPECT_EQ(b.grants[1].source, Source::initrd);
    EXPECT_EQ(b.grants[3].source, Source::screen);
    EXPECT_EQ(b.grants[4].source, Source::supervise);
    EXPECT_EQ(b.grants[5].source, Source::kept);
    EXPECT_EQ(b.grants[5].count, 1u);
    EXPECT_EQ(b.grants[6].count, 17u);
    EXPECT_EQ(b.grants[7].source, Source::keeper);
    EXPECT_EQ(b.exited.action, EndRule::Action::power_off);
    EXPECT_EQ(b.failed.action, EndRule::Action::ignore);
}

TEST(ServiceTable, SaysWhichLineIsWrong) {
    const std::string start = "service a\n program p\n";
    for (const char* line : {"rubbish",
                             "offers twice",
                             "program",
                             "priority 64",
                             "priority x",
                             "grant x",
                             "grant x magic",
                             "grant x ports 1",
                             "grant x interrupt",
                             "grant x system fly",
                             "grant x kept 0",
                             "grant x kept 65",
                             "grant x kept some",
                             "grant x kept 1 2",
                             "grant x keeper shell",
                             "grant x connect",
                             "grant x connect a b",
                             "grant x connect a as",
                             "grant x connect a as 0",
                             "exited",
                             "exited later",
                             "exited restart",
                             "service",
                             "service a",
                             "priority 99999999999999999999999"}) {
        const auto table = parse_table(start + line + "\n");
        ASSERT_FALSE(table) << line;
        EXPECT_EQ(table.error().line, 3u) << line;
    }
    EXPECT_FALSE(parse_table("program x\n"));
    EXPECT_FALSE(parse_table("service a\n"));
    EXPECT_FALSE(parse_table(start + "grant c connect a\n")) << "a offers nothing";
    EXPECT_FALSE(parse_table(start + "awaited\n")) << "nor can it be asked";
}

TEST(ServiceTable, TheSystemsOwnIsRight) {
    std::ifstream file{PITH_SERVICES};
    std::stringstream text;
    text << file.rdbuf();
    const std::string content = text.str();
    const auto table = parse_table(content);
    ASSERT_TRUE(table) << table.error().line << ": " << table.error().what;
    EXPECT_TRUE(std::ranges::contains(*table, "shell", &Service::name));
    // Who may have others' processes ended, drivers and disks taken away: the serial port's shell and the
    // first.
    for (const Service& service : *table) {
        const bool may = service.name == "shell" || service.name == "shell-1";
        for (const std::string_view what : {"services", "drivers", "volumes", "disks"})
            EXPECT_EQ(std::ranges::contains(service.grants, what, &GrantRule::name), may)
                << service.name << ' ' << what;
        const bool mounts = service.name == "mounts" || service.name == "volumes";
        EXPECT_EQ(std::ranges::contains(service.grants, Source::keeper, &GrantRule::source), mounts);
        for (const GrantRule& grant : service.grants)
            EXPECT_TRUE(may || grant.source != Source::supervise) << service.name;
    }
}

} // namespace
} // namespace pith::os::init
