# What a release is compiled and linked with.
include(CheckCCompilerFlag)
include(CheckPIESupported)

check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Assertions of ours are always on; NDEBUG would only silence the libraries'.
set(CMAKE_C_FLAGS_RELEASE -O2)
set(CMAKE_CXX_FLAGS_RELEASE -O2)

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT DALV_SANITIZE)
    add_compile_options(-D_FORTIFY_SOURCE=3 -fstack-protector-strong
        -fstack-clash-protection -fno-common)
    check_c_compiler_flag(-fcf-protection has_cf_protection)
    if(has_cf_protection)
        add_compile_options(-fcf-protection)
    endif()
    add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--no-undefined)
endif()
