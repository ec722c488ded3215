# Runs when cmake --install begins. ferry_note, which uninstalling reads, gets $DESTDIR, and after it those of
# ferry_folders, and of the folders that these lie in, that are not there yet.
set(ferry_lines "")
if(EXISTS "${ferry_note}") # folders that were made before stay known
  file(STRINGS "${ferry_note}" ferry_lines)
  list(POP_FRONT ferry_lines)
endif()
foreach(folder ${ferry_folders})
  get_filename_component(folder "${folder}" ABSOLUTE BASE_DIR "${CMAKE_INSTALL_PREFIX}")
  set(folder "$ENV{DESTDIR}${folder}")
  while(NOT EXISTS "${folder}")
    list(APPEND ferry_lines "${folder}")
    get_filename_component(folder "${folder}" DIRECTORY)
  endwhile()
endforeach()
list(REMOVE_DUPLICATES ferry_lines)
list(JOIN ferry_lines "\n" ferry_lines)
file(WRITE "${ferry_note}" "DESTDIR=$ENV{DESTDIR}\n${ferry_lines}\n")
