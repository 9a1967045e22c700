// The screen's font, as Debian ships it (unpacked by the build).
.section .rodata, "a"
.globl screen_font, screen_font_end
screen_font:
    .incbin "console.psf"
screen_font_end:
