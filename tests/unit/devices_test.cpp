#include "servers/ahci/identity.h"
#include "servers/devices/firmware_table.h"
#include "servers/devices/function.h"
#include "servers/devices/manifest.h"
#include "servers/driver/virtio_pci.h"
#include "servers/driver/virtio_queue.h"
#include "servers/nvme/identity.h"
#include "servers/nvme/queues.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

namespace pith::os {
namespace {

using Space = std::array<std::byte, 256>;

template <class T>
void put(std::span<std::byte> bytes, u64 at, T value) {
    std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// A function with a table of messages in window 1, and express capabilities.
Space function_space() {
    Space space{};
    put<u32>(space, 0, 0x1042'1af4);
    put<u16>(space, 6, 0x10);
    put<u32>(space, 8, 0x0106'0100);
    put<u8>(space, 0x34, 0x40);
    put<u16>(space, 0x40, 0x5011);
    put<u16>(space, 0x42, 3); // 4 entries
    put<u32>(space, 0x44, 0x2001);
    put<u32>(space, 0x48, 0x3001);
    put<u16>(space, 0x50, 0x6010);
    put<u32>(space, 0x54, 1 << 28);
    put<u16>(space, 0x60, 0x0005);
    return space;
}

TEST(PciFunction, SaysWhatItHas) {
    const auto function = devices::parse_function(0x18, function_space());
    ASSERT_TRUE(function);
    EXPECT_EQ(function->identity, 0x1042'1af4u);
    EXPECT_EQ(function->class_code, 0x01'06'01u);
    ASSERT_TRUE(function->message_table);
    EXPECT_EQ(function->message_table->window, 1u);
    EXPECT_EQ(function->message_table->offset, 0x2000u);
    EXPECT_EQ(function->message_table->entries, 4u);
    EXPECT_EQ(function->messages_at, 0x60);
    EXPECT_TRUE(function->has_function_reset);
    Space none{};
    std::ranges::fill(none, std::byte{0xff});
    EXPECT_FALSE(devices::parse_function(0, none));
}

TEST(PciFunction, CapabilitiesThatLeadInCirclesEnd) {
    Space space = function_space();
    put<u8>(space, 0x61, 0x40);
    EXPECT_TRUE(devices::parse_function(0, space));
    put<u8>(space, 0x61, 0x04); // into the fixed part
    EXPECT_TRUE(devices::parse_function(0, space));
}

TEST(PciFunction, ADriverNeverGetsTheTableOfMessages) {
    devices::Function function = *devices::parse_function(0, function_space());
    function.windows[1] = {.base = 0xf000'0000, .size = 0x8000};
    function.windows[2] = {.base = 0xe000'0000, .size = 0x1000};
    function.windows[3] = {.base = 0xd000'0100, .size = 0x100}; // shares its page with others
    function.windows[4] = {.base = 0xc000, .size = 0x1000, .is_ports = true};
    const auto parts = devices::parts_for_driver(function);
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[0].window, 1u);
    EXPECT_EQ(parts[0].offset, 0u);
    EXPECT_EQ(parts[0].size, 0x2000u);
    EXPECT_EQ(parts[1].offset, 0x4000u) << "behind the table and the page of pending bits";
    EXPECT_EQ(parts[1].size, 0x4000u);
    EXPECT_EQ(parts[2].window, 2u);

    // Whatever the device claims, no part of the page is given away.
    std::mt19937 random{3};
    for (int round = 0; round < 5000; ++round) {
        auto& table = *function.message_table;
        table = {static_cast<u32>(random() % 3), static_cast<u32>(random() % 0xa000) & ~7u,
                 static_cast<u32>(random() % 2048 + 1), static_cast<u32>(random() % 3),
                 static_cast<u32>(random() % 0xa000) & ~7u};
        for (const devices::Part& part : devices::parts_for_driver(function)) {
            EXPECT_TRUE(within(part.offset, part.size, function.windows[part.window].size));
            EXPECT_TRUE(part.size != 0 && part.offset % 4096 == 0 && part.size % 4096 == 0);
            if (part.window == table.window)
                EXPECT_TRUE(part.offset >= align_up(table.offset + table.entries * 16, 4096) ||
                            part.offset + part.size <= align_down(table.offset, 4096));
        }
    }
}

TEST(PciFunction, MeasuresWindows) {
    devices::Function::Window window;
    EXPECT_FALSE(devices::parse_window(window, {0xfebf'0000, 0}, {0xffff'f000, 0}));
    EXPECT_EQ(window.base, 0xfebf'0000u);
    EXPECT_EQ(window.size, 0x1000u);
    EXPECT_TRUE(devices::parse_window(window, {0x0000'000c, 0x10}, {0xffff'c00c, 0xffff'ffff}));
    EXPECT_EQ(window.base, 0x10'0000'0000u);
    EXPECT_EQ(window.size, 0x4000u);
    EXPECT_FALSE(devices::parse_window(window, {0xc001, 0}, {0xffff'ff81, 0}));
    EXPECT_TRUE(window.is_ports);
    EXPECT_EQ(window.base, 0xc000u);
    EXPECT_EQ(window.size, 0x80u);
    devices::Function::Window none;
    EXPECT_FALSE(devices::parse_window(none, {0, 0}, {0, 0}));
    EXPECT_FALSE(none.exists());
}

/// A table of the firmware's: its length is right, and its sum.
Text<160> words_of(std::span<std::byte> table, std::string_view name) {
    std::memcpy(table.data(), name.data(), name.size());
    put<u32>(table, 4, static_cast<u32>(table.size()));
    put<u8>(table, 9, 0);
    u8 sum = 0;
    for (const std::byte byte : table)
        sum = static_cast<u8>(sum + static_cast<u8>(byte));
    put<u8>(table, 9, static_cast<u8>(-sum));
    return devices::describe_table(table);
}

TEST(FirmwareTables, InWords) {
    std::array<std::byte, 60> mcfg{};
    put<u64>(mcfg, 44, 0xb000'0000);
    put<u8>(mcfg, 55, 255);
    EXPECT_EQ(words_of(mcfg, "MCFG").view(), "MCFG: buses 0 to 255 at 0xb0000000");
    std::array<std::byte, 62> madt{};
    put<u8>(madt, 45, 8); // a processor that is enabled
    put<u32>(madt, 48, 1);
    put<u8>(madt, 52, 2); // line 9 is a level
    put<u8>(madt, 53, 10);
    put<u8>(madt, 55, 9);
    put<u32>(madt, 56, 9);
    put<u16>(madt, 60, 0xd);
    EXPECT_EQ(words_of(madt, "APIC").view(),
              "APIC: 1 processors, 0 interrupt controllers, 1 lines wired otherwise");
    EXPECT_EQ(words_of(madt, "S\x01Y\xff").view(), "S?Y?");
    EXPECT_EQ(devices::describe_table({}).view(), "????");
}

TEST(DriverTable, ReadsWhatItSays) {
    const auto table = devices::parse_manifest("# comment\n"
                                               "driver a\n program sys/a # more\n match device 1af4:1042\n"
                                               " match class 01:06:01\n disks\n memory 100\n interrupts 2\n"
                                               " restart 5\nclient 3 home\n");
    ASSERT_TRUE(table) << table.error().line << ": " << table.error().what;
    ASSERT_EQ(table->drivers.size(), 1u);
    const devices::DriverRule& a = table->drivers[0];
    EXPECT_TRUE(a.fits(0x1042'1af4, 0));
    EXPECT_TRUE(a.fits(0, 0x01'06'01));
    EXPECT_FALSE(a.fits(0x1af4'1042, 0x01'06'00));
    EXPECT_TRUE(a.finds_disks);
    EXPECT_EQ(a.memory_pages, 100u);
    EXPECT_EQ(a.restarts, 5u);
    EXPECT_EQ(table->clients[0].badge, 3u);
    EXPECT_EQ(table->clients[0].disk, "home");
}

TEST(DriverTable, SaysWhichLineIsWrong) {
    for (const char* line : {"rubbish", "driver", "program", "match", "match device 1af4",
                             "match device 1af4:10422", "match class 1:2:3", "match device 1af4-1042",
                             "memory x", "disks twice", "client 1", "client x home"}) {
        const auto table = devices::parse_manifest(std::string{"driver a\n program p\n"} + line + "\n");
        ASSERT_FALSE(table) << line;
        EXPECT_EQ(table.error().line, 3u) << line;
    }
    EXPECT_FALSE(devices::parse_manifest("program x\n"));
    EXPECT_FALSE(devices::parse_manifest("driver a\n program x\n")) << "for no device";
}

TEST(DriverTable, TheSystemsOwnIsRight) {
    std::ifstream file{PITH_DRIVERS};
    std::stringstream text;
    text << file.rdbuf();
    const std::string content = text.str();
    const auto table = devices::parse_manifest(content);
    ASSERT_TRUE(table) << table.error().line << ": " << table.error().what;
    EXPECT_FALSE(table->drivers.empty());
}

TEST(VirtioPci, FindsItsRegisters) {
    Space space{};
    put<u8>(space, 0x34, 0x40);
    const auto capability = [&](u8 at, u8 next, u8 kind, u8 window, u32 offset) {
        put<u8>(space, at, 9);
        put<u8>(space, at + 1u, next);
        put<u8>(space, at + 2u, 20);
        put<u8>(space, at + 3u, kind);
        put<u8>(space, at + 4u, window);
        put<u32>(space, at + 8u, offset);
        put<u32>(space, at + 12u, 0x1000);
        put<u32>(space, at + 16u, 4);
    };
    capability(0x40, 0x60, 1, 9, 0); // a window that is none
    capability(0x60, 0x80, 1, 4, 0x100);
    capability(0x80, 0xa0, 2, 4, 0x3000);
    capability(0xa0, 0, 4, 4, 0x2000);
    const auto places = driver::VirtioPlaces::parse(space);
    ASSERT_TRUE(places);
    EXPECT_EQ(places->common.offset, 0x100u);
    EXPECT_EQ(places->notifications.offset, 0x3000u);
    EXPECT_EQ(places->notification_step, 4u);
    EXPECT_FALSE(places->interrupts.exists());
    put<u8>(space, 0xa1, 0x40); // a circle
    EXPECT_FALSE(driver::VirtioPlaces::parse(space));
    put<u8>(space, 0x34, 0);
    EXPECT_EQ(driver::VirtioPlaces::parse(space).error(), Error::unsupported);
}

class Queue : public testing::Test {
  protected:
    void use(u16 index, u32 number, u32 written) {
        const u64 at = driver::VirtQueue::used_at;
        put<u32>(memory, at + 4 + (index % driver::VirtQueue::entries) * 8u, number);
        put<u32>(memory, at + 8 + (index % driver::VirtQueue::entries) * 8u, written);
        put<u16>(memory, at + 2, static_cast<u16>(index + 1));
    }
    alignas(4096) std::array<std::byte, driver::VirtQueue::bytes> memory{};
    driver::VirtQueue queue{memory};
};

TEST_F(Queue, HandsOutAndTakesBack) {
    for (u16 round = 0; round < 300; ++round) {
        queue.put(5, 0x1234'5000, 48, 100);
        EXPECT_TRUE(queue.publish());
        EXPECT_EQ(*queue.take(), std::nullopt);
        use(round, 5, 100);
        EXPECT_EQ(*queue.take(), std::optional<u16>{5});
        EXPECT_EQ(*queue.take(), std::nullopt);
    }
    put<u16>(memory, driver::VirtQueue::used_at, 1);
    EXPECT_FALSE(queue.publish()) << "the device does not want to be told";
}

TEST_F(Queue, BelievesNothing) {
    queue.put(5, 0x1000, 48, 100);
    static_cast<void>(queue.publish());
    use(0, 6, 1);
    EXPECT_FALSE(queue.take()) << "a request that it does not have";
    use(0, 0xffff'ffff, 1);
    EXPECT_FALSE(queue.take());
    use(0, 5, 101);
    EXPECT_FALSE(queue.take()) << "more bytes than it could write";
    use(0, 5, 100);
    EXPECT_TRUE(queue.take());
    use(1, 5, 100);
    EXPECT_FALSE(queue.take()) << "the same again";
    put<u16>(memory, driver::VirtQueue::used_at + 2, 1000);
    EXPECT_FALSE(queue.take()) << "an index that is far ahead";
}

TEST(AhciIdentity, ReadsSizesAndCaches) {
    std::array<std::byte, 512> words{};
    put<u16>(words, 83 * 2, 1 << 10);
    put<u16>(words, 84 * 2, 1 << 14 | 1 << 6);
    put<u16>(words, 85 * 2, 1 << 5);
    put<u64>(words, 100 * 2, 1000);
    auto identity = ahci::DiskIdentity::parse(words);
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->sector_size, 512u);
    EXPECT_EQ(identity->sector_count, 1000u);
    EXPECT_TRUE(identity->has_write_cache && identity->forces);
    put<u16>(words, 106 * 2, 1 << 14 | 1 << 12);
    put<u32>(words, 117 * 2, 2048);
    EXPECT_EQ(ahci::DiskIdentity::parse(words)->sector_size, 4096u);
    put<u32>(words, 117 * 2, 100);
    EXPECT_FALSE(ahci::DiskIdentity::parse(words));
    put<u16>(words, 106 * 2, 0);
    put<u64>(words, 100 * 2, 0);
    EXPECT_FALSE(ahci::DiskIdentity::parse(words));
    EXPECT_FALSE(ahci::DiskIdentity::parse(Bytes{words}.first(511)));
}

TEST(NvmeIdentity, ReadsSizesAndCaches) {
    std::vector<std::byte> page(4096);
    put<u64>(page, 0, 1000);
    put<u8>(page, 26, 1); // the second format
    put<u32>(page, 132, 12 << 16);
    auto identity = nvme::NamespaceIdentity::parse(page);
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->sector_size, 4096u);
    EXPECT_EQ(identity->sector_count, 1000u);
    put<u32>(page, 132, 12 << 16 | 8);
    EXPECT_FALSE(nvme::NamespaceIdentity::parse(page)) << "bytes between the sectors";
    put<u32>(page, 132, 63 << 16);
    EXPECT_FALSE(nvme::NamespaceIdentity::parse(page));
    put<u32>(page, 132, 9 << 16);
    put<u64>(page, 0, 0);
    EXPECT_FALSE(nvme::NamespaceIdentity::parse(page)) << "empty";
    EXPECT_FALSE(nvme::NamespaceIdentity::parse(Bytes{page}.first(100)));

    put<u8>(page, 77, 5);
    put<u8>(page, 525, 1);
    auto controller = nvme::ControllerIdentity::parse(page);
    ASSERT_TRUE(controller);
    EXPECT_TRUE(controller->has_write_cache);
    EXPECT_EQ(controller->most_bytes, 32u * 4096);
    put<u8>(page, 77, 200);
    EXPECT_EQ(nvme::ControllerIdentity::parse(page)->most_bytes, 0u);

    std::ranges::fill(page, std::byte{1});
    EXPECT_EQ(nvme::parse_namespaces(page).size(), 16u) << "as many as are served";
    put<u32>(page, 8, 0);
    EXPECT_EQ(nvme::parse_namespaces(page).size(), 2u);
}

TEST(NvmeQueues, BelieveNothing) {
    alignas(4096) std::array<std::byte, nvme::Queues::bytes> memory{};
    std::array<std::byte, 8> doorbells{};
    const Registers both{doorbells};
    nvme::Queues queues{memory, *both.part(0, 4), *both.part(4, 4)};
    u32 at = 0;
    const auto finish = [&](u16 number, u16 status, u16 phase) {
        const u64 place = nvme::Queues::ends_at + at % nvme::Queues::entries * 16;
        put<u32>(memory, place + 12, number | u32{phase} << 16 | u32{status} << 17);
    };
    for (u32 round = 0; round < 200; ++round, ++at) { // past the end of the ring, several times
        const u16 number = static_cast<u16>(round % 60), phase = at / 64 % 2 == 0 ? 1 : 0;
        queues.put({.operation = 2, .number = number});
        EXPECT_FALSE(*queues.take()) << "nothing has ended";
        queues.ring();
        EXPECT_EQ(doorbells[0], static_cast<std::byte>((at + 1) % 64));
        finish(number, round % 2 != 0 ? 0x81 : 0, phase);
        const auto end = queues.take();
        ASSERT_TRUE(end && *end);
        EXPECT_EQ((*end)->number, number);
        EXPECT_EQ((*end)->status, round % 2 != 0 ? 0x81 : 0);
        EXPECT_EQ(doorbells[4], static_cast<std::byte>((at + 1) % 64));
    }
    const u16 phase = at / 64 % 2 == 0 ? 1 : 0;
    for (const u16 number : {u16{5}, u16{63}, u16{64}, u16{0xffff}}) { // it has none of these
        finish(number, 0, phase);
        EXPECT_FALSE(queues.take()) << number;
    }
}

} // namespace
} // namespace pith::os
