// The console's font, as Debian ships it (unpacked by the build).
.section .rodata, "a"
.globl console_font, console_font_end
console_font:
    .incbin "console.psf"
console_font_end:
