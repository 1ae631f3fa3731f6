# The warnings of the project, as an interface library that every target of
# ours links privately; generated code is compiled without it. They are errors
# where CMAKE_COMPILE_WARNING_AS_ERROR is on: in all presets but release, which
# must also build with compilers that are not written yet; there too where CI is
# set in the environment.
add_library(dalv_warnings INTERFACE)

set(warnings -Wall -Wextra -Wpedantic -Wshadow -Wwrite-strings -Wpointer-arith
    -Wcast-qual -Wformat=2 -Wundef -Wvla -Walloca -Wswitch-enum
    -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough
    -Wredundant-decls -Wdate-time -Wframe-larger-than=16384)
set(warnings_c -Wconversion -Wsign-conversion -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wnested-externs)
set(warnings_gcc -Wcast-align=strict -Wduplicated-cond -Wduplicated-branches
    -Wlogical-op -Wjump-misses-init -Wtrampolines -Warith-conversion
    -Wunused-macros -Wbad-function-cast)
set(warnings_clang -Wcomma -Wassign-enum -Wunreachable-code-aggressive
    -Wconditional-uninitialized -Wmissing-variable-declarations
    -Wdocumentation -Wcast-align -Wthread-safety)

# Instrumentation makes gcc see conversions that nobody wrote; the builds
# without it have judged the same code.
if(DALV_SANITIZE OR DALV_COVERAGE)
    return()
endif()

if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND warnings_c ${warnings_gcc})
elseif(CMAKE_C_COMPILER_ID MATCHES "Clang")
    list(APPEND warnings_c ${warnings_clang})
endif()
target_compile_options(dalv_warnings INTERFACE ${warnings}
    "$<$<COMPILE_LANGUAGE:C>:${warnings_c}>")
