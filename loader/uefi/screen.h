#pragma once

#include "loader/boot.h"
#include "loader/uefi/firmware.h"

namespace pith::loader::uefi {

/// The firmware's display in a mode of 32 bits a pixel: of the wanted size, else the smallest that holds it,
/// else as it is. `scanline` is 0 if there is no display, or none with plain pixels in memory.
[[nodiscard]] Machine::Framebuffer set_up_screen(const BootServices& boot, ScreenSize wanted);

} // namespace pith::loader::uefi
