# For builds with sanitizers; others do not look at it. A test may ask for more
# memory than there is, and must see NULL as it would without a sanitizer.
string(CONCAT asan_options "detect_stack_use_after_return=1:"
    "strict_string_checks=1:allocator_may_return_null=1")
string(CONCAT tsan_options "halt_on_error=1:allocator_may_return_null=1:"
    "suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan.suppressions")
set(DALV_TEST_ENVIRONMENT
    "ASAN_OPTIONS=${asan_options}"
    "MSAN_OPTIONS=allocator_may_return_null=1"
    "TSAN_OPTIONS=${tsan_options}"
    "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1")

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
    target_link_libraries(${name} PRIVATE
        ${ARG_LINKS} dalv_test_support dalv_warnings)
    target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES
        LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT}
        ENVIRONMENT "${DALV_TEST_ENVIRONMENT}")
endfunction()
