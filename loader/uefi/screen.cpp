#include "loader/uefi/screen.h"

namespace pith::loader::uefi {

namespace {

bool is_plain(const GraphicsOutput::Information& mode) {
    return mode.format == GraphicsOutput::Pixel::red_first ||
           mode.format == GraphicsOutput::Pixel::blue_first;
}

std::optional<u32> choose_mode(GraphicsOutput& output, ScreenSize wanted) {
    std::optional<u32> best;
    u64 best_area = ~u64{0};
    for (u32 i = 0; i < output.mode->count; ++i) {
        u64 size = 0;
        const GraphicsOutput::Information* mode = nullptr;
        if (output.query_mode(&output, i, &size, &mode) != Status::success || size < sizeof *mode) continue;
        const u64 area = u64{mode->width} * mode->height;
        if (!is_plain(*mode) || mode->width < wanted.width || mode->height < wanted.height ||
            area >= best_area)
            continue;
        best = i;
        best_area = area;
    }
    return best;
}

} // namespace

Machine::Framebuffer set_up_screen(const BootServices& boot, ScreenSize wanted) {
    void* found = nullptr;
    if (boot.locate_protocol(&GraphicsOutput::guid, nullptr, &found) != Status::success) return {};
    auto& output = *static_cast<GraphicsOutput*>(found);
    if (output.mode == nullptr) return {};
    // Setting the mode also clears the screen.
    if (output.set_mode(&output, choose_mode(output, wanted).value_or(output.mode->current)) !=
        Status::success)
        return {};
    const GraphicsOutput::Mode& mode = *output.mode;
    if (mode.information == nullptr || !is_plain(*mode.information) || mode.start == 0) return {};
    const GraphicsOutput::Information& info = *mode.information;
    const u64 size = u64{info.pixels_a_line} * 4 * info.height;
    if (info.pixels_a_line < info.width || size > mode.size || size > ~u32{0}) return {};
    const bool red_first = info.format == GraphicsOutput::Pixel::red_first;
    return {.start = {mode.start},
            .size = static_cast<u32>(size),
            .screen = {info.width, info.height},
            .scanline = info.pixels_a_line * 4,
            .format = red_first ? bootboot::PixelFormat::abgr : bootboot::PixelFormat::argb};
}

} // namespace pith::loader::uefi
