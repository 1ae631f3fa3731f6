# The warnings of the project, as an interface library that every target of
# ours links privately.
add_library(dalv_warnings INTERFACE)
target_compile_options(dalv_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow
    "$<$<COMPILE_LANGUAGE:C>:-Wconversion;-Wsign-conversion;-Wstrict-prototypes;-Wmissing-prototypes;-Wold-style-definition>"
    -Wwrite-strings -Wpointer-arith -Wcast-qual -Wformat=2 -Wundef -Wvla
    -Walloca -Wswitch-enum -Wdouble-promotion -Wimplicit-fallthrough
    -Wredundant-decls -Wdate-time -Wframe-larger-than=16384)
