# dalv_library(NAME SOURCES ... [HEADERS ...] [LINKS ...] [PURE])
#
# One static library a folder (or a part of one), `dalv_NAME`. LINKS repeats
# the table of layers that tools/check_layers.py proves on the includes. PURE
# libraries are listed for tools/check_purity.py; the others may use all that
# the system's headers declare.
function(dalv_library name)
    cmake_parse_arguments(ARG "PURE" "" "SOURCES;HEADERS;LINKS" ${ARGN})
    set(target dalv_${name})
    add_library(${target} STATIC ${ARG_SOURCES})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE dalv_warnings)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    if(ARG_HEADERS)
        target_sources(${target} PUBLIC FILE_SET HEADERS
            BASE_DIRS ${CMAKE_SOURCE_DIR} FILES ${ARG_HEADERS})
    endif()
    if(ARG_PURE)
        set_property(GLOBAL APPEND PROPERTY DALV_PURE_LIBRARIES ${target})
    else()
        target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
    endif()
endfunction()
