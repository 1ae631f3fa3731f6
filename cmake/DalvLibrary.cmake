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
        dalv_lint(${target} --checks=portability-restrict-system-includes)
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
        install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endfunction()

# What `make` builds: the programs and the libraries that are installed.
add_custom_target(programs)

# For code that may call the system: all its declarations, none of the banned.
function(dalv_host_target target)
    target_compile_definitions(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE>)
    set(banned "SHELL:-include ${CMAKE_SOURCE_DIR}/base/banned.h")
    target_compile_options(${target} PRIVATE
        "$<$<COMPILE_LANGUAGE:C>:${banned}>")
    dalv_lint(${target})
endfunction()

# In the lint preset each file of the target is judged as it is compiled. The
# hash of the rules is part of the command, so new rules judge all files again.
function(dalv_lint target)
    if(NOT DALV_LINT)
        return()
    endif()
    set(hashes "")
    foreach(rules .clang-tidy tools/lint_file.sh tools/iwyu.imp
            tools/cppcheck.txt)
        set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND
            PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${rules})
        file(SHA256 ${CMAKE_SOURCE_DIR}/${rules} hash)
        string(APPEND hashes ${hash})
    endforeach()
    string(SHA256 hash ${hashes})
    set(judge "${CMAKE_SOURCE_DIR}/tools/lint_file.sh" --rules=${hash})
    if(DALV_LINT STREQUAL "deep")
        list(APPEND judge --deep)
    endif()
    set_target_properties(${target} PROPERTIES
        C_CLANG_TIDY "${judge};${ARGN}")
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
