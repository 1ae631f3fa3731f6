# dalv_library(NAME SOURCES ... [HEADERS ...] [LINKS ...] [PURE])
#
# One static library a folder (or a part of one), `dalv_NAME`. LINKS repeats
# the table of layers that tools/check_layers.py proves on the includes. PURE
# libraries are listed for tools/check_purity.py; the others may use all that
# the system's headers declare but what base/banned.h takes away.
function(dalv_library name)
    cmake_parse_arguments(ARG "PURE" "" "SOURCES;HEADERS;LINKS" ${ARGN})
    set(target dalv_${name})
    add_library(${target} STATIC ${ARG_SOURCES})
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${target} PUBLIC ${ARG_LINKS} PRIVATE dalv_warnings)
    if(ARG_HEADERS)
        target_sources(${target} PUBLIC FILE_SET HEADERS
            BASE_DIRS ${CMAKE_SOURCE_DIR} FILES ${ARG_HEADERS})
    endif()
    if(ARG_PURE)
        set_property(GLOBAL APPEND PROPERTY DALV_PURE_LIBRARIES ${target})
    else()
        dalv_host_target(${target})
    endif()
endfunction()

# dalv_program(NAME SOURCES ... [LINKS ...] [PRIVATE])
#
# A program of the product, built into bin/ and installed, unless PRIVATE: then
# it is a tool of the repository.
function(dalv_program name)
    cmake_parse_arguments(ARG "PRIVATE" "" "SOURCES;LINKS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE ${ARG_LINKS} dalv_warnings)
    dalv_host_target(${name})
    add_dependencies(programs ${name})
    if(NOT ARG_PRIVATE)
        include(GNUInstallDirs)
        install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endfunction()

# What `make` builds: the programs and the libraries that are installed.
add_custom_target(programs)

# For code that may call the system: all its declarations, none of the banned.
function(dalv_host_target target)
    target_compile_definitions(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE>)
    target_compile_options(${target} PRIVATE
        "$<$<COMPILE_LANGUAGE:C>:SHELL:-include ${CMAKE_SOURCE_DIR}/base/banned.h>")
endfunction()

# For tools/check_purity.py; call it once all libraries are known.
function(dalv_write_pure_libraries)
    get_property(targets GLOBAL PROPERTY DALV_PURE_LIBRARIES)
    set(lines "")
    foreach(target ${targets})
        string(APPEND lines "$<TARGET_FILE:${target}>\n")
    endforeach()
    file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/pure_libraries.txt
        CONTENT "${lines}")
endfunction()
