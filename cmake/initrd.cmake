# The initial ram disk: one ustar file, the same for every loader, from the same inputs always the same bytes.
#
# pith_initrd_file(PATH SOURCE [KEEP_SYMBOLS]): the archive holds SOURCE under PATH ("bin/ls": relative, no "./").
# SOURCE is a target (an executable; the archive gets a stripped copy, with KEEP_SYMBOLS only without its debug
# information) or a file, relative to the directory of the caller. Call it from any directory, in any order.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(PITH_INITRD ${CMAKE_BINARY_DIR}/pith.initrd)

function(pith_initrd_file path source)
    cmake_parse_arguments(PARSE_ARGV 2 FILE "KEEP_SYMBOLS" "" "")
    if(FILE_KEEP_SYMBOLS)
        set(strip --strip-debug)
    else()
        set(strip --strip-all)
    endif()
    get_filename_component(absolute ${source} ABSOLUTE BASE_DIR ${CMAKE_CURRENT_SOURCE_DIR})
    set_property(GLOBAL APPEND PROPERTY PITH_INITRD_FILES "${path}=${source}=${absolute}=${strip}")
endfunction()

# Runs when every directory has said what it adds: a target may be named before it is defined.
function(pith_initrd_finish)
    get_property(files GLOBAL PROPERTY PITH_INITRD_FILES)
    set(arguments)
    set(inputs)
    foreach(file IN LISTS files)
        string(REPLACE "=" ";" parts ${file})
        list(GET parts 0 path)
        list(GET parts 1 source)
        list(GET parts 2 absolute)
        list(GET parts 3 strip)
        if(TARGET ${source})
            set(stripped ${CMAKE_BINARY_DIR}/initrd/${path})
            get_filename_component(folder ${stripped} DIRECTORY)
            file(MAKE_DIRECTORY ${folder})
            add_custom_command(OUTPUT ${stripped}
                COMMAND llvm-objcopy-19 ${strip} $<TARGET_FILE:${source}> ${stripped}
                DEPENDS ${source} $<TARGET_FILE:${source}> VERBATIM)
            set(absolute ${stripped})
        elseif(NOT EXISTS ${absolute})
            message(WARNING "initrd: ${path}: ${source} is neither a target nor a file; left out")
            continue()
        endif()
        list(APPEND arguments "${path}=${absolute}")
        list(APPEND inputs ${absolute})
    endforeach()
    add_custom_command(OUTPUT ${PITH_INITRD}
        COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/initrd.py ${PITH_INITRD} ${arguments}
        DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/tools/initrd.py
        COMMENT "Packing pith.initrd" VERBATIM COMMAND_EXPAND_LISTS)
    add_custom_target(pith_initrd ALL DEPENDS ${PITH_INITRD})
endfunction()

pith_initrd_file(sys/core pith_kernel KEEP_SYMBOLS)
pith_initrd_file(sys/config ${CMAKE_CURRENT_LIST_DIR}/initrd/config)
cmake_language(DEFER DIRECTORY ${PROJECT_SOURCE_DIR} CALL pith_initrd_finish)
