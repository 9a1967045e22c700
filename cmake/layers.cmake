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

# pith_room(PATH): the same for one folder within a layer: PATH "servers/init" gives the target
# pith_servers_init_headers, for which "servers/init/…" can be included and no neighbour of it.
function(pith_room path)
    string(REPLACE "/" "_" name ${path})
    set(link ${CMAKE_BINARY_DIR}/include/${name}/${path})
    get_filename_component(parent ${link} DIRECTORY)
    file(MAKE_DIRECTORY ${parent})
    if(NOT EXISTS ${link})
        file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${path} ${link} SYMBOLIC)
    endif()
    add_library(pith_${name}_headers INTERFACE)
    target_include_directories(pith_${name}_headers INTERFACE ${CMAKE_BINARY_DIR}/include/${name})
endfunction()
