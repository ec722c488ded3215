# cmake --install: headers, both libraries, the programs, a CMake package, a pkg-config file, and what is to be read.
include(CMakePackageConfigHelpers)

set_target_properties(frameferry_static PROPERTIES EXPORT_NAME static)
set_target_properties(frameferry_shared PROPERTIES EXPORT_NAME frameferry)

# Two exports: only the static one asks for what the library is linked with.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/frameferry)
foreach(kind shared static)
  install(TARGETS frameferry_${kind} EXPORT frameferry-${kind}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(EXPORT frameferry-${kind} NAMESPACE frameferry:: DESTINATION ${package})
endforeach()
install(DIRECTORY common/include/frameferry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "host.h" EXCLUDE PATTERN "thread.h" EXCLUDE)

# In a folder of their own: find_package also looks beside a bin/ that is in PATH, and would take a build
# folder for an installed copy.
configure_package_config_file(cmake/frameferry-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/package/frameferry-config.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/package/frameferry-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/package/frameferry-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/package/frameferry-config-version.cmake
  DESTINATION ${package})
foreach(dependency ${ferry_dependency_packages})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/Find${dependency}.cmake)
    install(FILES cmake/Find${dependency}.cmake DESTINATION ${package})
  endif()
endforeach()

# Where the installed copy is, seen from the .pc file, so that it can be moved; but a folder that was given with its
# full name is where it is.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(ferry_pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH ferry_up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" ferry_up "${ferry_up}")
  set(ferry_pc_prefix "\${pcfiledir}/${ferry_up}")
endif()
foreach(folder INCLUDEDIR LIBDIR)
  set(ferry_pc_${folder} "${CMAKE_INSTALL_${folder}}")
  if(NOT IS_ABSOLUTE "${ferry_pc_${folder}}")
    string(PREPEND ferry_pc_${folder} "\${prefix}/")
  endif()
endforeach()
ferry_link_words(ferry_pc_private ${ferry_dependency_targets} ${ferry_system})
list(JOIN ferry_pc_private " " ferry_pc_private)
configure_file(cmake/frameferry.pc.in ${CMAKE_CURRENT_BINARY_DIR}/package/frameferry.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/package/frameferry.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The documents link to each other as they lie here. The samples are a project of their own.
install(FILES README.md CHANGELOG.md CONTRIBUTING.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs samples DESTINATION ${CMAKE_INSTALL_DOCDIR})

include(FerryLicences)
if(WIN32 AND PROJECT_IS_TOP_LEVEL)
  include(FerryZip)
endif()
