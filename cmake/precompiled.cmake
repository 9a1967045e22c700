# Half of what a compiler does here is reading the standard library's headers, which never change: a target reads them
# once. None of our own is among them, so what a source may include stays decided by what its target links.
#
# pith_precompile(TARGET [HEADERS…]) for a target with many sources; pith_precompiled_as(TARGET OTHER) for one that is
# compiled with the same options as OTHER, and shares what that has read.
# HEADERS have to name those that bring <locale> (chrono, iostream): clang 19 cannot read it behind the others.
set(PITH_STANDARD_HEADERS <algorithm> <array> <atomic> <bit> <concepts> <cstddef> <cstring> <expected>
    <limits> <optional> <span> <string_view> <type_traits> <utility>)

function(pith_precompile target)
    target_precompile_headers(${target} PRIVATE ${PITH_STANDARD_HEADERS} ${ARGN})
    # The same sources give the same bytes, whenever they are compiled.
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endfunction()

function(pith_precompiled_as target other)
    target_precompile_headers(${target} REUSE_FROM ${other})
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endfunction()
