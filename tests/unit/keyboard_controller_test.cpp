#include "servers/keyboard/controller.h"

#include <gtest/gtest.h>

#include <deque>

namespace pith::os::keyboard {
namespace {

/// A controller with a keyboard that answers as the test says: the next bytes that it is sent are answered by
/// the next of `answers`, and by an acknowledgement when these are used up.
class Machine final : public Ports {
  public:
    static constexpr u8 acknowledged = 0xfa;

    Status status() override {
        if (is_absent) return {1, 1, 7, 1, 3};
        return {.output_full = output.empty() ? u8{0} : u8{1},
                .input_full = is_stuck ? u8{1} : u8{0},
                .more = 0,
                .from_mouse = 0,
                .errors = 0};
    }
    u8 read_data() override {
        if (output.empty()) return 0;
        const u8 byte = output.front();
        output.pop_front();
        return byte;
    }
    void write_data(u8 byte) override {
        if (std::exchange(takes_configuration, false)) {
            configuration = is_translating ? byte | 0x40 : byte;
            return;
        }
        sent.push_back(byte);
        if (answers.empty()) return output.push_back(acknowledged);
        for (const int answer : answers.front())
            output.push_back(static_cast<u8>(answer));
        answers.pop_front();
    }
    void write_command(u8 byte) override {
        if (byte == 0x20) output.push_back(configuration);
        takes_configuration = byte == 0x60;
    }
    Result<> pause() override {
        ++milliseconds;
        return {};
    }

    std::deque<std::vector<int>> answers;
    std::vector<u8> sent; ///< to the keyboard
    std::deque<u8> output;
    u8 configuration = 0x61;
    bool takes_configuration = false, is_absent = false, is_stuck = false, is_translating = false;
    u64 milliseconds = 0;
};

using Bytes = std::vector<u8>;

TEST(KeyboardController, IsSetUp) {
    Machine machine;
    machine.output = {0x1c, 0xf0, 0x1c}; // from before
    Controller controller{machine};
    ASSERT_TRUE(controller.set_up(false));
    EXPECT_EQ(controller.set(), ScanSet::two);
    EXPECT_EQ(machine.configuration, 0x21) << "its interrupt, no translation";
    EXPECT_EQ(machine.sent, (Bytes{0xf0, 2, 0xf4}));
    EXPECT_TRUE(controller.take_bytes().empty());

    Machine translating;
    translating.is_translating = true;
    Controller other{translating};
    ASSERT_TRUE(other.set_up(false));
    EXPECT_EQ(other.set(), ScanSet::one) << "whatever it is told";
}

TEST(KeyboardController, NoControllerIsNoKeyboard) {
    Machine machine;
    machine.is_absent = true;
    EXPECT_EQ(Controller{machine}.set_up(false).error(), Error::not_found);
    machine.is_absent = false;
    machine.is_stuck = true;
    EXPECT_EQ(Controller{machine}.set_up(false).error(), Error::timed_out);
    EXPECT_LE(machine.milliseconds, 25u);
}

TEST(KeyboardController, AKeyboardThatIsNotThereYetMayComeLater) {
    Machine machine;
    machine.answers = {{}, {}};
    Controller controller{machine};
    EXPECT_TRUE(controller.set_up(false));
    machine.output = {0xaa, 0x1c};
    EXPECT_EQ(controller.take_bytes(), (Bytes{0xaa, 0x1c}));
}

TEST(KeyboardController, LightsAreSet) {
    for (u8 lights = 0; lights < 8; ++lights) { // Scroll, Num, Caps
        Machine machine;
        Controller{machine}.set_lights(lights);
        EXPECT_EQ(machine.sent, (Bytes{0xed, lights}));
        EXPECT_TRUE(machine.output.empty());
    }
}

struct Answers {
    std::string_view what;
    std::deque<std::vector<int>> answers;
    Bytes sent;  ///< for lights 2
    Bytes typed; ///< what comes out of it
};

TEST(KeyboardController, AnswersThatAreLostDoNotStopIt) {
    const std::vector<Answers> cases{
        {"sent again", {{0xfe}, {0xfa}, {0xfe}, {0xfe}, {0xfa}}, {0xed, 0xed, 2, 2, 2}, {}},
        {"sent again for ever", {{0xfe}, {0xfe}, {0xfe}, {0xfe}, {0xfe}}, {0xed, 0xed, 0xed}, {}},
        {"no answer", {{}}, {0xed}, {}},
        {"none to the second", {{0xfa}, {}}, {0xed, 2}, {}},
        {"a key comes before the answer", {{0x1c, 0xf0, 0x1c, 0xfa}}, {0xed, 2}, {0x1c, 0xf0, 0x1c}},
        {"a key, and no answer", {{0x1c}}, {0xed}, {0x1c}},
        {"a key between", {{0xfa}, {0x1c, 0xfa, 0xf0, 0x1c}}, {0xed, 2}, {0x1c, 0xf0, 0x1c}},
        {"another answer", {{0x00}}, {0xed}, {0x00}},
        {"nothing but bytes", {std::vector<int>(1000, 0x1c)}, {0xed}, Bytes(256 + 64, 0x1c)},
    };
    for (const Answers& each : cases) {
        Machine machine;
        machine.answers = each.answers;
        Controller controller{machine};
        controller.set_lights(2);
        EXPECT_EQ(machine.sent, each.sent) << each.what;
        EXPECT_LE(machine.milliseconds, 25u) << each.what;
        EXPECT_EQ(controller.take_bytes(), each.typed) << each.what;
        machine.answers.clear(); // and the next time
        machine.output.clear();
        machine.sent.clear();
        controller.set_lights(4);
        EXPECT_EQ(machine.sent, (Bytes{0xed, 4})) << each.what;
    }
}

TEST(KeyboardController, AStuckControllerDoesNotStopItEither) {
    Machine machine;
    machine.is_stuck = true;
    Controller controller{machine};
    controller.set_lights(7);
    EXPECT_TRUE(machine.sent.empty());
    EXPECT_LE(machine.milliseconds, 25u);
}

TEST(KeyboardController, WhatAMouseSaysIsNobodys) {
    class WithMouse final : public Ports {
      public:
        Status status() override {
            return {.output_full = left > 0 ? u8{1} : u8{0},
                    .input_full = 0,
                    .more = 0,
                    .from_mouse = left == 2 ? u8{1} : u8{0},
                    .errors = 0};
        }
        u8 read_data() override { return static_cast<u8>(left--); }
        void write_data(u8) override {}
        void write_command(u8) override {}
        Result<> pause() override { return {}; }
        int left = 3;
    } machine;
    EXPECT_EQ(Controller{machine}.take_bytes(), (Bytes{3, 1}));
}

} // namespace
} // namespace pith::os::keyboard
