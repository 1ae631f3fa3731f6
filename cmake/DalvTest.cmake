# dalv_test(NAME [SOURCES ...] [LINKS ...] [LABEL unit] [TIMEOUT 60])
#
# One binary a file and one CTest entry a binary: NAME is the test's file
# without its ending, SOURCES are further files that it is made of.
function(dalv_test name)
    cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;LINKS" ${ARGN})
    if(NOT ARG_LABEL)
        set(ARG_LABEL unit)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 60)
    endif()
    add_executable(${name} ${name}.c ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINKS} dalv_warnings cunit)
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES
        LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
