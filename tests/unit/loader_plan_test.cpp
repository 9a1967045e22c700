#include "loader/plan.h"

#include "base/environment.h"
#include "base_samples.h"

#include <gtest/gtest.h>

namespace pith::loader {
namespace {

using samples::Buffer;

constexpr u64 base = bootboot::default_kernel.raw;
constexpr samples::Segment whole{
    .flags = 7, .offset = 0x1000, .address = base, .file_size = 0x1000, .memory_size = 0x3000};

Buffer kernel(const std::vector<samples::Symbol>& symbols = {}, samples::Segment segment = whole) {
    return samples::elf(segment.address + 0x10, {segment}, symbols);
}

std::string text(const Buffer& bytes) { return std::string{as_text(bytes)}; }

Buffer initrd(const Buffer& core, std::string config = "screen=800x600\n") {
    return samples::tar(
        {{"sys/core", text(core)}, {"sys/config", std::move(config)}, {"sys/other", text(kernel())}});
}

std::string refusal(const Buffer& bytes, std::string_view command_line = "") {
    const auto plan = Plan::make(bytes, std::nullopt, command_line);
    return plan ? "" : plan.error().text;
}

TEST(Plan, FindsKernelAndConfiguration) {
    const Buffer archive = initrd(kernel());
    const auto plan = Plan::make(archive, std::nullopt, "a=b nosmp=1");
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->environment.text(), "screen=800x600\na=b\nnosmp=1\n");
    EXPECT_EQ(plan->screen, (ScreenSize{800, 600}));
    EXPECT_TRUE(plan->one_core);
    EXPECT_EQ(plan->kernel.start.raw, base);
    EXPECT_EQ(plan->kernel.entry.raw, base + 0x10);
    EXPECT_EQ(plan->kernel.file.size(), 0x1000u);
    EXPECT_EQ(plan->kernel.memory_size, 0x3000u);
    EXPECT_EQ(plan->kernel.information, bootboot::default_information);
    EXPECT_EQ(plan->kernel.stack_size, 1024u);
}

TEST(Plan, TakesCpioAndABareKernel) {
    const Buffer archive = samples::cpio({{"sys/core", text(kernel())}}, "070701");
    EXPECT_EQ(refusal(archive), "");
    const Buffer bare = kernel();
    const auto plan = Plan::make(bare, "x=y", "");
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->environment.text(), "x=y");
}

TEST(Plan, AConfigurationFileStandsInForTheArchives) {
    const Buffer archive = initrd(kernel());
    const auto plan = Plan::make(archive, "k=v\n", "screen=640x480");
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->environment.text(), "k=v\nscreen=640x480\n");
    EXPECT_EQ(plan->screen, (ScreenSize{640, 480}));
    EXPECT_FALSE(plan->one_core);
}

TEST(Plan, KernelKeyNamesAnotherFileOrNone) {
    const Buffer archive = initrd(samples::Buffer(64));
    EXPECT_EQ(refusal(archive, "kernel=sys/other"), "");
    EXPECT_NE(refusal(archive, "kernel=sys/none"), "");
    EXPECT_NE(refusal(archive), "");
}

TEST(Plan, ReadsTheProtocolsSymbols) {
    const Buffer bare = kernel({{"bootboot", 0xffff'ffff'c800'1000},
                                {"environment", 0xffff'ffff'c800'5000},
                                {"fb", 0xffff'ffff'd000'0000},
                                {"initstack", 1500}});
    const auto image = KernelImage::read(bare);
    ASSERT_TRUE(image);
    EXPECT_EQ(image->information.raw, 0xffff'ffff'c800'1000u);
    EXPECT_EQ(image->environment.raw, 0xffff'ffff'c800'5000u);
    EXPECT_EQ(image->framebuffer.raw, 0xffff'ffff'd000'0000u);
    EXPECT_EQ(image->stack_size, 1504u);
    EXPECT_EQ(KernelImage::read(kernel({{"initstack", 1}}))->stack_size, 1024u);
    EXPECT_EQ(KernelImage::read(kernel({{"initstack", ~u64{0}}}))->stack_size, 16384u);
}

TEST(Plan, RefusesSymbolsWhereTheProtocolForbidsThem) {
    for (const samples::Symbol& symbol : std::initializer_list<samples::Symbol>{
             {"bootboot", 0xffff'ffff'c800'1001}, {"environment", 0x1000}, {"fb", 0xffff'ffff'd010'0000}})
        EXPECT_FALSE(KernelImage::read(kernel({symbol}))) << symbol.name;
}

TEST(Plan, RefusesWhatItCannotLoad) {
    auto segment = whole;
    segment.memory_size = (u64{16} << 20) + 1;
    segment.address = 0xffff'ffff'c000'0000;
    EXPECT_NE(refusal(kernel({}, segment)).find("16 MiB"), std::string::npos);
    --segment.memory_size;
    EXPECT_EQ(refusal(kernel({}, segment)), "");
    segment = whole;
    segment.address = 0x40'0000;
    EXPECT_NE(refusal(kernel({}, segment)), "");
    auto second = whole;
    second.address = base + 0x8000;
    EXPECT_NE(refusal(samples::elf(base, {whole, second}, {})).find("more than one"), std::string::npos);
}

TEST(Plan, SaysWhatIsWrongWithTheInitrd) {
    Buffer bytes;
    samples::put(bytes, "\x1f\x8b\x08 and so on");
    EXPECT_EQ(refusal(bytes), "the initrd is compressed");
    EXPECT_EQ(refusal(Buffer(2000, std::byte{'x'})), "the initrd is not a ustar or cpio (newc) archive");
    EXPECT_NE(refusal(samples::tar({{"sys/config", "a=b"}})).find("sys/core"), std::string::npos);
    EXPECT_NE(refusal({}), "");
}

/// Nothing in a damaged archive does more than be refused.
TEST(Plan, SurvivesDamage) {
    const Buffer sound = initrd(kernel({{"fb", 0xffff'ffff'd000'0000}}));
    samples::Random random{7};
    for (int i = 0; i < 3000; ++i)
        static_cast<void>(refusal(samples::damaged(sound, random)));
    for (std::size_t size = 0; size < sound.size(); size += 97)
        static_cast<void>(refusal(samples::prefix_of(sound, size)));
}

} // namespace
} // namespace pith::loader
