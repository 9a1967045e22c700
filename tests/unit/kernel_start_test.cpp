#include "abi/startup.h"
#include "base_samples.h"
#include "kernel/machine/host/simulation.h"
#include "kernel/object/process.h"

#include <cstring>
#include <gtest/gtest.h>

/// The first process, as the kernel makes it of an initrd.
namespace pith::kernel {
namespace {

constexpr PhysAddr initrd_start{0x10'0000};
constexpr u64 code = 0x40'0000, constants = 0x40'1000, data = 0x40'2000;

samples::Buffer initrd_with(std::string_view name) {
    const samples::Buffer program = samples::program();
    std::string content(program.size(), 0);
    std::memcpy(content.data(), program.data(), program.size());
    return samples::tar({{std::string{name}, content}});
}

class FirstProcess : public testing::Test {
  protected:
    Result<> begin(const samples::Buffer& initrd, std::string_view environment) {
        return system_.kernel().start_first_process(initrd, initrd_start, environment);
    }
    Process& process() { return system_.current()->process(); }
    Protection protection(VirtAddr address) { return process().space().query(address)->protection; }
    const std::byte* at(VirtAddr address) {
        return system_.machine().frame(process().space().query(address)->address);
    }
    abi::Startup startup() {
        abi::Startup page;
        std::memcpy(&page, at(abi::startup_page), sizeof page);
        return page;
    }
    void TearDown() override {
        if (system_.current()) system_.kernel().end_process(process(), {});
        system_.settle();
    }

    Simulation system_;
};

TEST_F(FirstProcess, RunsWhatItsImageSays) {
    ASSERT_TRUE(begin(initrd_with(abi::first_program), ""));
    system_.settle();
    ASSERT_NE(system_.current(), nullptr);
    EXPECT_EQ(process().id(), 1u);
    const Registers& registers = system_.current()->context.registers;
    EXPECT_GE(registers.rip, code);
    EXPECT_LT(registers.rip, constants);
    EXPECT_EQ(registers.rsp, abi::stack_top.raw);
    EXPECT_EQ(registers.rdi, abi::startup_page.raw);
    EXPECT_EQ(protection(VirtAddr{code}), Protection::read_execute);
    EXPECT_EQ(protection(VirtAddr{constants}), Protection::read);
    EXPECT_EQ(protection(VirtAddr{data}), Protection::read_write);
    EXPECT_EQ(protection(abi::startup_page), Protection::read);
    EXPECT_EQ(protection(VirtAddr{abi::stack_top.raw - 8}), Protection::read_write);
    EXPECT_FALSE(
        process().space().query(VirtAddr{abi::stack_top.raw - abi::stack_pages.bytes() - page_size}));
    const samples::Buffer program = samples::program();
    const samples::Segment first = samples::program_segments().front();
    EXPECT_EQ(std::memcmp(at(VirtAddr{first.address}), &program[first.offset], first.file_size), 0);
}

TEST_F(FirstProcess, IsGrantedWhatThereIs) {
    ASSERT_TRUE(begin(initrd_with(abi::first_program), "log=debug\n"));
    system_.settle();
    const abi::Startup page = startup();
    EXPECT_EQ(page.version, abi::version);
    EXPECT_EQ(page.features, abi::feature::fast_messages | abi::feature::clock_page);
    EXPECT_EQ(page.message_buffer, abi::first_message_buffer);
    constexpr std::array<std::pair<const char*, abi::Kind>, 5> expected{
        {{abi::grant::budget, abi::Kind::budget},
         {abi::grant::process, abi::Kind::process},
         {abi::grant::thread, abi::Kind::thread},
         {abi::grant::system, abi::Kind::system},
         {abi::grant::initrd, abi::Kind::memory}}};
    ASSERT_EQ(page.grant_count, expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_STREQ(page.grants[i].name.data(), expected[i].first);
        const Slot* slot = process().handles().find(page.grants[i].handle);
        ASSERT_NE(slot, nullptr);
        EXPECT_EQ(slot->object->kind(), expected[i].second);
        EXPECT_EQ(slot->rights().has(abi::rights::memory::write), i + 1 < expected.size());
    }
    using namespace std::string_view_literals;
    EXPECT_EQ(page.argument_count, 1u);
    EXPECT_EQ((std::string_view{page.text.data(), page.text_length}), "init\0log=debug\n"sv);
}

TEST_F(FirstProcess, IsToldWhatTheMachineHas) {
    system_.machine().translation_levels = 4;
    ASSERT_TRUE(begin(initrd_with(abi::first_program), ""));
    system_.settle();
    EXPECT_EQ(startup().features & abi::feature::translated_dma, abi::feature::translated_dma);
}

TEST_F(FirstProcess, HasAsManyWholeLinesOfTheEnvironmentAsFit) {
    std::string environment;
    while (environment.size() <= abi::max_startup_text)
        environment += "name=0123456789\n";
    ASSERT_TRUE(begin(initrd_with(abi::first_program), environment));
    system_.settle();
    const abi::Startup page = startup();
    EXPECT_EQ(page.text[page.text_length - 1], '\n');
    EXPECT_GT(page.text_length + 16, abi::max_startup_text);
    EXPECT_EQ(environment.compare(0, page.text_length - 5, &page.text[5], page.text_length - 5), 0);
}

TEST_F(FirstProcess, IsNotMadeOfSomethingElse) {
    EXPECT_FALSE(begin(samples::Buffer(2048), ""));
    EXPECT_FALSE(begin(initrd_with("sys/other"), ""));
    EXPECT_FALSE(begin(samples::tar({{abi::first_program, "no program"}}), ""));
    system_.settle();
    EXPECT_EQ(system_.current(), nullptr);
}

TEST_F(FirstProcess, LeavesNothingWhereThereIsTooLittleMemory) {
    const samples::Buffer initrd = initrd_with(abi::first_program);
    ASSERT_TRUE(system_.kernel().clock_page()); // which the kernel keeps
    Account& account = system_.kernel().root_budget().account();
    const PageCount all = account.available();
    u64 frames = 0;
    for (bool begun = false; !begun; ++frames) {
        ASSERT_LT(frames, 200u);
        const PageCount others = all - pages(frames);
        ASSERT_TRUE(account.reserve(others));
        const auto outcome = begin(initrd, "");
        begun = outcome.has_value();
        system_.kernel().reclaimer().finish();
        account.release(others);
        if (begun) break;
        EXPECT_EQ(outcome.error(), Error::no_memory);
        ASSERT_EQ(account.available(), all) << frames;
    }
    EXPECT_GT(frames, 20u);
    system_.settle();
    EXPECT_NE(system_.current(), nullptr);
}

} // namespace
} // namespace pith::kernel
