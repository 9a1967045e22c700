# The terminals without their devices: the same sources in the console server and in host tests.
set(PITH_TERMINAL_FOLDER ${CMAKE_BINARY_DIR}/terminal)
file(MAKE_DIRECTORY ${PITH_TERMINAL_FOLDER})
# Keymaps as Debian packages them.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(KEYMAPS /usr/share/keymaps/i386)
add_custom_command(OUTPUT ${PITH_TERMINAL_FOLDER}/keymaps.cpp
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/keymaps.py ${PITH_TERMINAL_FOLDER}/keymaps.cpp
        us=${KEYMAPS}/qwerty/us.kmap.gz uk=${KEYMAPS}/qwerty/uk.kmap.gz
        uk-extended=${KEYMAPS}/qwerty/uk.kmap.gz
        de=${KEYMAPS}/qwertz/de-latin1.kmap.gz fr=${KEYMAPS}/azerty/fr-latin9.kmap.gz
    DEPENDS ${PROJECT_SOURCE_DIR}/tools/keymaps.py COMMENT "Reading keymaps" VERBATIM)

set(PITH_TERMINAL_SOURCES ${PITH_TERMINAL_FOLDER}/keymaps.cpp)
foreach(part terminal line_discipline canvas character_sets emulator escape_parser grid key_sequences keyboard pen
    screen_terminals text_screen text_screen_sequences)
    list(APPEND PITH_TERMINAL_SOURCES ${PROJECT_SOURCE_DIR}/servers/console/${part}.cpp)
endforeach()
