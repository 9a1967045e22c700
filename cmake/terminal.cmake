# What the terminals of the screen are made of besides our own code: libvterm and keymaps, as Debian packages them.
# Its header alone is brought into sight, not the C library's beside it.
set(PITH_VTERM_FOLDER ${CMAKE_BINARY_DIR}/vterm)
file(MAKE_DIRECTORY ${PITH_VTERM_FOLDER})
foreach(header vterm.h vterm_keycodes.h)
    configure_file(/usr/include/${header} ${PITH_VTERM_FOLDER}/${header} COPYONLY)
endforeach()
find_file(PITH_VTERM libvterm.a PATHS /usr/lib/x86_64-linux-gnu /usr/lib /usr/lib64 NO_DEFAULT_PATH REQUIRED)
add_library(pith_vterm INTERFACE)
target_include_directories(pith_vterm SYSTEM INTERFACE ${PITH_VTERM_FOLDER})
target_link_libraries(pith_vterm INTERFACE ${PITH_VTERM})

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(KEYMAPS /usr/share/keymaps/i386)
add_custom_command(OUTPUT ${PITH_VTERM_FOLDER}/keymaps.cpp
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/keymaps.py ${PITH_VTERM_FOLDER}/keymaps.cpp
        us=${KEYMAPS}/qwerty/us.kmap.gz uk=${KEYMAPS}/qwerty/uk.kmap.gz
        de=${KEYMAPS}/qwertz/de-latin1.kmap.gz fr=${KEYMAPS}/azerty/fr-latin9.kmap.gz
    DEPENDS ${PROJECT_SOURCE_DIR}/tools/keymaps.py COMMENT "Reading keymaps" VERBATIM)

# The terminals without their devices: the same sources in the console server and in host tests.
set(PITH_TERMINAL_SOURCES ${PITH_VTERM_FOLDER}/keymaps.cpp)
foreach(part terminal line_discipline canvas emulator keyboard screen_terminals)
    list(APPEND PITH_TERMINAL_SOURCES ${PROJECT_SOURCE_DIR}/servers/console/${part}.cpp)
endforeach()
