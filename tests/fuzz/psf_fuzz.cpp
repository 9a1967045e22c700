#include "base/panic.h"
#include "base/psf.h"

using namespace pith;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto font = PsfFont::parse(std::as_bytes(std::span{data, size}));
    if (!font) return 0;
    for (const u32 number : {0u, font->glyph_count() - 1, font->glyph_count(), ~0u}) {
        const Bytes glyph = font->glyph(number);
        require(glyph.size() == font->bytes_per_glyph(), "a glyph of another size");
        for (u32 y = 0; y < font->height(); ++y)
            for (u32 x = 0; x < font->width(); ++x)
                (void)PsfFont::pixel(glyph, font->width(), x, y);
    }
    for (const char32_t character : {U'A', U'\x2502', U'\x1f600'}) {
        const auto number = font->find(character);
        require(!number || *number < font->glyph_count(), "a glyph that is not there");
    }
    return 0;
}
