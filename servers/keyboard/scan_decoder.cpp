#include "servers/keyboard/scan_decoder.h"

#include <array>
#include <utility>

namespace pith::os::keyboard {
namespace {

constexpr u8 extended_prefix = 0xe0, pause_prefix = 0xe1, release_prefix = 0xf0;

/// Set 2 to set 1, as the controller translates it.
constexpr std::array<u8, 0x85> set_1_of_2{
    0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59, // 00
    0x65, 0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b, // 10
    0x67, 0x2e, 0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d, // 20
    0x69, 0x31, 0x30, 0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f, // 30
    0x6b, 0x33, 0x25, 0x17, 0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61, // 40
    0x6d, 0x73, 0x28, 0x74, 0x1a, 0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76, // 50
    0x55, 0x56, 0x77, 0x78, 0x79, 0x7a, 0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f, // 60
    0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01, 0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54, // 70
    0xff, 0xff, 0xff, 0x41, 0x54,                                                                   // 80
};

struct ExtendedKey {
    u8 code, key;
};
constexpr std::array extended_keys{
    ExtendedKey{0x1c, 96},  ExtendedKey{0x1d, 97},  ExtendedKey{0x35, 98},  ExtendedKey{0x37, 99},
    ExtendedKey{0x38, 100}, ExtendedKey{0x47, 102}, ExtendedKey{0x48, 103}, ExtendedKey{0x49, 104},
    ExtendedKey{0x4b, 105}, ExtendedKey{0x4d, 106}, ExtendedKey{0x4f, 107}, ExtendedKey{0x50, 108},
    ExtendedKey{0x51, 109}, ExtendedKey{0x52, 110}, ExtendedKey{0x53, 111}, ExtendedKey{0x5b, 125},
    ExtendedKey{0x5c, 126}, ExtendedKey{0x5d, 127},
};
constexpr u8 last_plain_key = 88;
constexpr u8 pause_key = 119;

} // namespace

std::optional<KeyEvent> ScanDecoder::feed(u8 byte) {
    if (byte == extended_prefix || byte == pause_prefix) {
        prefix_ = byte == extended_prefix ? Prefix::extended : Prefix::pause;
        pause_left_ = 2;
        released_ = false;
        return std::nullopt;
    }
    if (set_ == ScanSet::one) return finish(byte & 0x7f, (byte & 0x80) == 0);
    if (byte == release_prefix) {
        released_ = true;
        return std::nullopt;
    }
    const bool pressed = !std::exchange(released_, false);
    const u8 code = byte < set_1_of_2.size() ? set_1_of_2[byte] : u8{0xff};
    if (code >= 0x80) { // no key: among others what a keyboard says that was plugged in, 0xaa
        prefix_ = Prefix::none;
        return std::nullopt;
    }
    return finish(code, pressed);
}

std::optional<KeyEvent> ScanDecoder::finish(u8 code, bool pressed) {
    switch (prefix_) {
    case Prefix::none:
        if (code == 0 || code > last_plain_key) return std::nullopt;
        return KeyEvent{code, pressed};
    case Prefix::extended:
        prefix_ = Prefix::none;
        for (const ExtendedKey& known : extended_keys)
            if (known.code == code) return KeyEvent{known.key, pressed};
        return std::nullopt; // the shift keys that surround some of them, multimedia keys
    case Prefix::pause:      // two codes, which come again for the key that goes up
        if (--pause_left_ != 0) return std::nullopt;
        prefix_ = Prefix::none;
        return KeyEvent{pause_key, pressed};
    }
    return std::nullopt;
}

} // namespace pith::os::keyboard
