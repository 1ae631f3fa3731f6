# What `make install` puts where, beside the programs: see dalv_program().
include(GNUInstallDirs)

# dalv_install_sdk(TARGET HEADER ...)
#
# Install the SDK: the shared library TARGET as libdalv, its public headers
# below include/dalv/, and what pkg-config says about them.
function(dalv_install_sdk target)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME dalv
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
    add_dependencies(programs ${target})
    configure_file(${CMAKE_SOURCE_DIR}/packaging/dalv.pc.in
        ${CMAKE_BINARY_DIR}/packaging/dalv.pc @ONLY)
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(FILES ${ARGN} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/dalv)
    install(FILES ${CMAKE_BINARY_DIR}/packaging/dalv.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# dalv_install_service(PROGRAM)
#
# Install the systemd unit of a server program, and the user that it runs as.
function(dalv_install_service program)
    configure_file(${CMAKE_SOURCE_DIR}/packaging/${program}.service.in
        ${CMAKE_BINARY_DIR}/packaging/${program}.service @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/packaging/${program}.service
        DESTINATION lib/systemd/system)
    install(FILES ${CMAKE_SOURCE_DIR}/packaging/${program}.sysusers
        DESTINATION lib/sysusers.d RENAME ${program}.conf)
endfunction()

# dalv_manual(PROGRAM SECTION)
#
# Install the manual page that the program itself prints when it is called with
# --man, so that page and program can not differ.
function(dalv_manual program section)
    set(folder ${CMAKE_BINARY_DIR}/man/man${section})
    set(page ${folder}/${program}.${section})
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${page}
        COMMAND ${program} --man > ${page}.new
        COMMAND ${CMAKE_COMMAND} -E rename ${page}.new ${page}
        DEPENDS ${program} VERBATIM)
    add_custom_target(${program}_manual ALL DEPENDS ${page})
    add_dependencies(programs ${program}_manual)
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()

install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
