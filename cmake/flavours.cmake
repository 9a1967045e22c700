# The environments that our code is compiled for. A target links exactly one of
#   pith_flavour_kernel  pith_flavour_user  pith_flavour_loader  pith_flavour_uefi   (freestanding)
#   pith_flavour_host                                                               (ordinary program, sanitizers)
#   pith_flavour_model                                                              (ordinary program, at full speed)
set(PITH_WARNINGS
    -Wall -Wextra -Werror -Wconversion -Wshadow -Wswitch -Wimplicit-fallthrough -Wnon-virtual-dtor
    -Wold-style-cast -Wno-gnu-statement-expression-from-macro-expansion -Wno-missing-designated-field-initializers)
set(PITH_CXX $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions> $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)

option(PITH_SANITIZERS "The host's programs stop at what the address and undefined-behaviour sanitizers find" ON)
option(PITH_POISON "Fill free frames with a pattern and check it when they are used again" OFF)

add_library(pith_freestanding INTERFACE)
set(FREESTANDING ${PROJECT_SOURCE_DIR}/base/freestanding)
target_compile_options(pith_freestanding INTERFACE
    -O2 -ffreestanding -fno-stack-protector -fno-pic -fcf-protection=none
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}/=
    $<$<COMPILE_LANGUAGE:CXX>:-nostdlibinc> $<$<COMPILE_LANGUAGE:CXX>:-nostdinc++>
    $<$<COMPILE_LANGUAGE:CXX>:-fno-threadsafe-statics>
    $<$<COMPILE_LANGUAGE:CXX>:-isystem${FREESTANDING}/cxx>
    $<$<COMPILE_LANGUAGE:CXX>:-isystem/usr/lib/llvm-19/include/c++/v1>
    $<$<COMPILE_LANGUAGE:CXX>:-isystem${FREESTANDING}/c>
    ${PITH_CXX} $<$<COMPILE_LANGUAGE:CXX>:${PITH_WARNINGS}>)

function(pith_flavour name)
    add_library(pith_flavour_${name} INTERFACE)
    target_link_libraries(pith_flavour_${name} INTERFACE pith_freestanding)
    target_compile_options(pith_flavour_${name} INTERFACE ${ARGN})
endfunction()

set(NO_VECTOR -mno-red-zone -mno-sse -mno-sse2 -mno-mmx)
if(PITH_HOST)
    set(PITH_CHECKED)
    if(PITH_SANITIZERS) # mutants do without
        set(PITH_CHECKED -fsanitize=address,undefined -fno-sanitize-recover=all)
    endif()
    # -O0 for what is compiled more often than it runs. Lines are enough to say where something went wrong.
    add_library(pith_flavour_host INTERFACE)
    target_compile_options(pith_flavour_host INTERFACE $<IF:$<BOOL:$<TARGET_PROPERTY:PITH_SELDOM_RUN>>,-O0,-O1> -g1 -stdlib=libc++
        -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE
        ${PITH_CHECKED} -fno-omit-frame-pointer ${PITH_WARNINGS})
    target_link_options(pith_flavour_host INTERFACE -stdlib=libc++ ${PITH_CHECKED} -fuse-ld=lld-19)

    add_library(pith_flavour_model INTERFACE)
    target_compile_options(pith_flavour_model INTERFACE -O2 -g1 -stdlib=libc++
        -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_EXTENSIVE ${PITH_WARNINGS})
    target_link_options(pith_flavour_model INTERFACE -stdlib=libc++ -fuse-ld=lld-19)
else()
    # gdb stops in the kernel; of the others, lines say where something went wrong.
    pith_flavour(kernel -g ${NO_VECTOR} -mcmodel=kernel -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer)
    pith_flavour(user -g1 -fno-asynchronous-unwind-tables)
    pith_flavour(loader -g1 ${NO_VECTOR} -fno-asynchronous-unwind-tables)
    pith_flavour(uefi -g1 ${NO_VECTOR} --target=x86_64-unknown-windows-gnu -fno-asynchronous-unwind-tables)
endif()

# pith_link(TARGET SCRIPT): TARGET is a bare ELF program laid out by SCRIPT.
function(pith_link target script)
    # For bare x86_64 clang would link through gcc, which does not know our linker; nothing of Linux gets in.
    target_link_options(${target} PRIVATE --target=x86_64-unknown-linux-gnu -fuse-ld=lld-19 -nostdlib -static -Wl,-T,${script} -Wl,--build-id=none
        -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--no-dynamic-linker)
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${script})
endfunction()
