# cmake --install: headers, both libraries, the programs, a CMake package and a pkg-config file.
include(CMakePackageConfigHelpers)

set_target_properties(frameferry_static PROPERTIES EXPORT_NAME static)
set_target_properties(frameferry_shared PROPERTIES EXPORT_NAME frameferry)

install(TARGETS frameferry_static frameferry_shared EXPORT frameferry-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY common/include/frameferry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "host.h" EXCLUDE PATTERN "thread.h" EXCLUDE)
install(EXPORT frameferry-targets NAMESPACE frameferry::
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/frameferry)

# In a folder of their own: find_package also looks beside a bin/ that is in PATH, and would take a build
# folder for an installed copy.
configure_package_config_file(cmake/frameferry-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/package/frameferry-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/frameferry)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/package/frameferry-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/package/frameferry-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/package/frameferry-config-version.cmake
  cmake/FindISAL.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/frameferry)

configure_file(cmake/frameferry.pc.in ${CMAKE_CURRENT_BINARY_DIR}/frameferry.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/frameferry.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# package-zip: what is installed, and what is to be read, as one file for those who do not build it.
if(WIN32)
  set(name frameferry-${PROJECT_VERSION}-windows-x86_64)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/zip)
  add_custom_target(package-zip
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
    COMMAND ${CMAKE_COMMAND} --install ${CMAKE_CURRENT_BINARY_DIR} --strip --prefix ${folder}/${name}
    COMMAND ${CMAKE_COMMAND} -E copy README.md CHANGELOG.md LICENSE ${folder}/${name}
    COMMAND ${CMAKE_COMMAND} -E chdir ${folder} ${CMAKE_COMMAND} -E tar cf ../${name}.zip --format=zip ${name}
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
    COMMENT "Making ${name}.zip"
    VERBATIM)
  add_dependencies(package-zip ferry-producer ferry-consumer frameferry_static frameferry_shared)
endif()
