# package-zip: the installed files and a README of their own in one archive, for users who do not build.
set(ferry_zip_name frameferry-${PROJECT_VERSION}-windows-x86_64)
configure_file(cmake/windows-readme.md.in ${CMAKE_CURRENT_BINARY_DIR}/package/README.md @ONLY)
add_custom_target(package-zip
  COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_CURRENT_BINARY_DIR} -DNAME=${ferry_zip_name} -DFAULTS=${FERRY_FAULTS}
    -DLICENSE=${CMAKE_CURRENT_SOURCE_DIR}/LICENSE -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/FerryZipping.cmake
  COMMENT "Making ${ferry_zip_name}.zip"
  VERBATIM)
add_dependencies(package-zip ferry ferry-producer ferry-consumer frameferry_static frameferry_shared
  frameferry_image_static frameferry_image_shared)
