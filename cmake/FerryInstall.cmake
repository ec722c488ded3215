# cmake --install: headers, the libraries, the programs, a CMake package, pkg-config files, manual pages and documents.
# Completion of shells is installed by the folder that has it.
include(CMakePackageConfigHelpers)

# ferry_install_library(TARGET EXPORT NAME): the library as the imported target frameferry::NAME, in an export of its own,
# so that users of one library need not have what another one needs. No name of an export may be the beginning of
# another's with a dash behind it: CMake's file for the first would read that of the second.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/frameferry)
function(ferry_install_library target export name)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT frameferry-${export}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(EXPORT frameferry-${export} NAMESPACE frameferry:: DESTINATION ${package})
endfunction()
ferry_install_library(frameferry_shared shared frameferry)
ferry_install_library(frameferry_static static static)
if(FERRY_IMAGE)
  ferry_install_library(frameferry_image_shared image_shared image)
  ferry_install_library(frameferry_image_static image_static image-static)
endif()
set(ferry_not_installed "")
if(NOT FERRY_IMAGE)
  set(ferry_not_installed PATTERN "image.h" EXCLUDE)
endif()
install(DIRECTORY common/include/frameferry DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" ${ferry_not_installed})

# ferry_run_path(RESULT FOLDER): the run path by which a file in FOLDER finds the libraries: none if the loader looks
# into their folder by itself; else from the file's own place, so that the installed copy can be moved, unless a folder
# was given with its full name.
function(ferry_run_path result folder)
  if(CMAKE_INSTALL_FULL_LIBDIR MATCHES "^/(usr/)?lib(32|64|x32)?(/${CMAKE_LIBRARY_ARCHITECTURE})?$")
    set(path "")
  elseif(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${folder}")
    set(path "${CMAKE_INSTALL_FULL_LIBDIR}")
  else()
    file(RELATIVE_PATH path "/${folder}" "/${CMAKE_INSTALL_LIBDIR}")
    set(path "$ORIGIN/${path}")
    string(REGEX REPLACE "/$" "" path "${path}")
  endif()
  set(${result} "${path}" PARENT_SCOPE)
endfunction()
if(FERRY_IMAGE AND NOT WIN32)
  ferry_run_path(ferry_path "${CMAKE_INSTALL_LIBDIR}")
  if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" AND ferry_path)
    set(ferry_path "$ORIGIN")
  endif()
  set_target_properties(frameferry_image_shared PROPERTIES INSTALL_RPATH "${ferry_path}")
  if(NOT FERRY_STATIC_PROGRAMS)
    ferry_run_path(ferry_path "${CMAKE_INSTALL_BINDIR}")
    set_target_properties(ferry ferry-producer ferry-consumer PROPERTIES INSTALL_RPATH "${ferry_path}")
    if(TARGET ferry-web)
      set_target_properties(ferry-web PROPERTIES INSTALL_RPATH "${ferry_path}")
    endif()
  endif()
endif()

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
ferry_link_words(ferry_pc_private ${ferry_system})
list(JOIN ferry_pc_private " " ferry_pc_private)
ferry_link_words(ferry_pc_image_private ${ferry_dependency_targets})
list(JOIN ferry_pc_image_private " " ferry_pc_image_private)
set(ferry_pc_names frameferry)
if(FERRY_IMAGE)
  list(APPEND ferry_pc_names frameferry-image)
endif()
foreach(name ${ferry_pc_names})
  configure_file(cmake/${name}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/package/${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/package/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

# The documents link to each other as they lie here. The samples are a project of their own.
install(FILES README.md CHANGELOG.md CONTRIBUTING.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs samples DESTINATION ${CMAKE_INSTALL_DOCDIR})

include(FerryLicences)
if(WIN32 AND PROJECT_IS_TOP_LEVEL)
  include(FerryZip)
endif()
