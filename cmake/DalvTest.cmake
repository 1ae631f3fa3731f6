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
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * ${DALV_TEST_PATIENCE}")
    dalv_runs_instrumented(is_run ${ARG_LINKS})
    if(NOT is_run)
        return()
    endif()
    add_executable(${name} ${name}.c ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE
        ${ARG_LINKS} dalv_test_support dalv_warnings)
    dalv_host_target(${name})
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES
        LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
        ENVIRONMENT "${DALV_TEST_ENVIRONMENT}")
endfunction()

# dalv_fuzzer(NAME [SOURCES ...] [LINKS ...])
#
# A harness, fuzz_NAME.c, with libFuzzer's entry point. In the fuzz preset it
# searches; in all others it replays tests/fuzz/corpus/NAME as a test.
function(dalv_fuzzer name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    set(target fuzz_${name})
    set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    dalv_runs_instrumented(is_run ${ARG_LINKS})
    if(NOT is_run)
        return()
    endif()
    add_executable(${target} ${target}.c ${ARG_SOURCES})
    target_link_libraries(${target} PRIVATE ${ARG_LINKS} dalv_warnings)
    dalv_host_target(${target})
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    if(DALV_FUZZ)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        add_test(NAME ${target} COMMAND ${target} -runs=0 ${corpus})
    else()
        target_link_libraries(${target} PRIVATE dalv_fuzz_replay)
        add_test(NAME ${target} COMMAND ${target} ${corpus})
    endif()
    set_tests_properties(${target} PROPERTIES
        LABELS fuzz TIMEOUT 600 ENVIRONMENT "${DALV_TEST_ENVIRONMENT}")
endfunction()

# MemorySanitizer needs all code instrumented, and the system's libraries are
# not: with it only what stands on pure libraries runs.
function(dalv_runs_instrumented out_is_run)
    set(is_run TRUE)
    if(DALV_SANITIZE STREQUAL "memory")
        get_property(pure GLOBAL PROPERTY DALV_PURE_LIBRARIES)
        list(APPEND pure dalv_base_host dalv_test_support dalv_sim)
        foreach(library ${ARGN})
            if(NOT library IN_LIST pure)
                set(is_run FALSE)
            endif()
        endforeach()
    endif()
    set(${out_is_run} ${is_run} PARENT_SCOPE)
endfunction()
