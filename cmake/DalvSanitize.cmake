# Builds that look for one kind of mistake; see CMakePresets.json.
set(DALV_SANITIZE "" CACHE STRING
    "What -fsanitize= looks for: address,undefined or thread or memory")
option(DALV_FUZZ "Build the fuzz harnesses with libFuzzer (clang)" OFF)
option(DALV_COVERAGE "Count what the tests run" OFF)
option(DALV_ANALYZE "Compile with gcc's -fanalyzer" OFF)
set(DALV_LINT OFF CACHE STRING
    "Judge each file that is compiled (clang): ON, or deep, which takes long")

if(DALV_SANITIZE)
    add_compile_options(-fsanitize=${DALV_SANITIZE}
        -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=${DALV_SANITIZE})
    if(DALV_SANITIZE STREQUAL "memory")
        # Without any optimization some tests would take minutes.
        add_compile_options(-fsanitize-memory-track-origins -O1)
    endif()
endif()
if(DALV_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(DALV_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
if(DALV_ANALYZE)
    # gcc 12 does not follow a count that was set beside a pointer, nor an owner
    # that is handed out as its first member: clang's analyzer judges null
    # pointers, the address sanitizer judges leaks.
    add_compile_options(-fanalyzer -Wno-analyzer-null-dereference
        -Wno-analyzer-malloc-leak)
endif()

# How many times longer a test may take.
set(DALV_TEST_PATIENCE 1)
if(DALV_SANITIZE OR DALV_COVERAGE)
    set(DALV_TEST_PATIENCE 10)
endif()

# How many times more memory a process may grow by: the address sanitizer adds
# to each piece, and keeps what was freed to see who still uses it.
set(DALV_TEST_MEMORY_FACTOR 1)
if(DALV_SANITIZE)
    set(DALV_TEST_MEMORY_FACTOR 24)
endif()

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

# For tests in which a server ends in the midst of its work: what was under way
# is left to the end of its process, on purpose.
list(TRANSFORM DALV_TEST_ENVIRONMENT APPEND ":detect_leaks=0"
    REGEX "^ASAN_OPTIONS" OUTPUT_VARIABLE DALV_TEST_ENVIRONMENT_OF_ENDS)
