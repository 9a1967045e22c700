#include "checks.h"

namespace pith::conformance {

void check_framebuffer(Report& report) {
    const auto& info = ::bootboot;
    const auto expected = handed_environment().get("expect_screen");
    if (expected == "none") {
        report.check("framebuffer-none", info.framebuffer_scanline == 0, "there is one");
        return;
    }
    const bool sound = info.framebuffer_scanline >= info.framebuffer_width * 4 &&
                       info.framebuffer_width >= 640 && info.framebuffer_height >= 480 &&
                       info.framebuffer_size >= u64{info.framebuffer_scanline} * info.framebuffer_height &&
                       static_cast<u8>(info.framebuffer_format) <= 3;
    report.check("framebuffer-fields", sound, "contradict each other, or there is none");
    if (!sound) return;
    if (expected) {
        std::array<char, 40> size;
        report.check("framebuffer-size",
                     format_to(size, "{}x{}", u32{info.framebuffer_width}, u32{info.framebuffer_height}) ==
                         *expected,
                     "not as expected");
    }
    const u64 last = u64{info.framebuffer_scanline} * info.framebuffer_height - 4;
    bool mapped = true, kept = true;
    for (const u64 offset : {u64{0}, align_down(last / 2, 4), last}) {
        const auto there = translate(address_of(fb) + offset);
        mapped = mapped && there && there->writable && there->physical == info.framebuffer.raw + offset;
        if (!mapped) break;
        auto* const pixel = reinterpret_cast<volatile u32*>(fb + offset);
        *pixel = 0x00'12'34'56;
        kept = kept && (*pixel & 0xff'ffff) == 0x12'34'56;
    }
    report.check("framebuffer-mapped", mapped, "not at its address");
    report.check("framebuffer-writable", mapped && kept, "does not keep what is written");
    report.check("framebuffer-not-free", !touches_free(info.framebuffer.raw, info.framebuffer.raw + last),
                 "in free memory");
}

} // namespace pith::conformance
