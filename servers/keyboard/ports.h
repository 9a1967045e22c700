#pragma once

#include "base/result.h"

namespace pith::os::keyboard {

/// The PS/2 controller's registers, and time. In a test, something that plays a keyboard.
class Ports {
  public:
    struct Status {
        u8 output_full : 1; ///< something to read
        u8 input_full : 1;  ///< it has not taken yet what was written
        u8 more : 3;
        u8 from_mouse : 1;
        u8 errors : 2;
    };

    virtual ~Ports() = default;
    [[nodiscard]] virtual Status status() = 0;
    [[nodiscard]] virtual u8 read_data() = 0;
    virtual void write_data(u8 byte) = 0;
    virtual void write_command(u8 byte) = 0;
    /// A millisecond passes.
    [[nodiscard]] virtual Result<> pause() = 0;
};

} // namespace pith::os::keyboard
