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
