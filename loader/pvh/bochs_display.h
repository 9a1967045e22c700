#pragma once

#include "loader/boot.h"

namespace pith::loader::pvh {

/// The display of QEMU and Bochs ("-vga std", "secondary-vga", "bochs-display"), programmed by its own
/// registers for 32 bits a pixel; `scanline` is 0 if there is none on PCI bus 0, or it lacks the memory for
/// `wanted` and for the default size.
[[nodiscard]] Machine::Framebuffer set_up_bochs_display(ScreenSize wanted);

} // namespace pith::loader::pvh
