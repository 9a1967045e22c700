# pith_layer(NAME): an include directory that holds NAME and nothing else, and the target that brings it.
# A source file can include "NAME/…" only if its target links this one.
function(pith_layer name)
    set(root ${CMAKE_BINARY_DIR}/include/${name})
    file(MAKE_DIRECTORY ${root})
    if(NOT EXISTS ${root}/${name})
        file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${name} ${root}/${name} SYMBOLIC)
    endif()
    add_library(pith_${name}_headers INTERFACE)
    target_include_directories(pith_${name}_headers INTERFACE ${root})
endfunction()
