#include "servers/keyboard/scan_decoder.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace pith::os::keyboard {
namespace {

std::vector<KeyEvent> decode(ScanSet set, std::initializer_list<int> bytes) {
    ScanDecoder decoder{set};
    std::vector<KeyEvent> events;
    for (const int byte : bytes)
        if (const auto event = decoder.feed(static_cast<u8>(byte))) events.push_back(*event);
    return events;
}

constexpr u8 key_a = 30, right_alt = 100, up = 103, pause_key = 119, f7 = 65, f12 = 88;

TEST(ScanDecoder, PlainKeysComeInBothSets) {
    const std::vector<KeyEvent> typed{{key_a, true}, {key_a, false}};
    EXPECT_EQ(decode(ScanSet::one, {0x1e, 0x9e}), typed);
    EXPECT_EQ(decode(ScanSet::two, {0x1c, 0xf0, 0x1c}), typed);
    EXPECT_EQ(decode(ScanSet::two, {0x83, 0x07}), (std::vector<KeyEvent>{{f7, true}, {f12, true}}));
}

TEST(ScanDecoder, PrefixedKeysAreOthers) {
    const std::vector<KeyEvent> typed{{up, true}, {up, false}, {right_alt, true}};
    EXPECT_EQ(decode(ScanSet::one, {0xe0, 0x48, 0xe0, 0xc8, 0xe0, 0x38}), typed);
    EXPECT_EQ(decode(ScanSet::two, {0xe0, 0x75, 0xe0, 0xf0, 0x75, 0xe0, 0x11}), typed);
    // The shift keys that a keyboard pretends around some of them are nobody's.
    EXPECT_EQ(decode(ScanSet::one, {0xe0, 0x2a, 0xe0, 0x48}), (std::vector<KeyEvent>{{up, true}}));
}

TEST(ScanDecoder, PauseIsOneKey) {
    const std::vector<KeyEvent> typed{{pause_key, true}, {pause_key, false}, {key_a, true}};
    EXPECT_EQ(decode(ScanSet::one, {0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5, 0x1e}), typed);
    EXPECT_EQ(decode(ScanSet::two, {0xe1, 0x14, 0x77, 0xe1, 0xf0, 0x14, 0xf0, 0x77, 0x1c}), typed);
}

TEST(ScanDecoder, NoiseIsDropped) {
    EXPECT_EQ(decode(ScanSet::two, {0xaa, 0xfa, 0x00, 0xff, 0xf0, 0xaa, 0xe0, 0xee, 0x1c}),
              (std::vector<KeyEvent>{{key_a, true}}));
    for (const ScanSet set : {ScanSet::one, ScanSet::two}) {
        ScanDecoder decoder{set};
        u64 seed = 1;
        for (int i = 0; i < 100'000; ++i) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            if (const auto event = decoder.feed(static_cast<u8>(seed >> 56))) {
                EXPECT_GE(event->key, 1);
                EXPECT_LE(event->key, 127);
            }
        }
    }
}

} // namespace
} // namespace pith::os::keyboard
