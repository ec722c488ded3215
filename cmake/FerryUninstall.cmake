# The target uninstall: removes the files that cmake --install has installed last from this build folder, and the folders
# that it has made. CMake's install_manifest.txt has the files; FerryInstalling.cmake notes the folders before the
# first file is installed.
set(ferry_folders ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_LIBDIR}/cmake/frameferry ${CMAKE_INSTALL_LIBDIR}/pkgconfig
  ${CMAKE_INSTALL_INCLUDEDIR}/frameferry ${CMAKE_INSTALL_MANDIR}/man1 ${CMAKE_INSTALL_DOCDIR}
  ${ferry_bash_folder} ${ferry_zsh_folder} ${ferry_fish_folder})
install(CODE "
  set(ferry_note [==[${PROJECT_BINARY_DIR}/install_note.txt]==])
  set(ferry_folders [==[${ferry_folders}]==])
  include([==[${PROJECT_SOURCE_DIR}/cmake/FerryInstalling.cmake]==])")
add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -DBUILD=${PROJECT_BINARY_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/FerryUninstalling.cmake
  VERBATIM)
