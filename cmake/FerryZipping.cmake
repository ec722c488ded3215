# cmake -DBUILD=FOLDER -DNAME=NAME -DFAULTS=ON|OFF -DLICENSE=FILE -P FerryZipping.cmake: makes FOLDER/NAME.zip.
cmake_policy(VERSION 3.22)
if(FAULTS)
  message(FATAL_ERROR "this build has fault points, by which the environment can end its programs: "
    "make the zip from one without them, such as that of the preset \"windows\"")
endif()

# run(COMMAND...): ends here when it fails.
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The notes for uninstall are about another installed copy, not about this one.
set(kept install_manifest.txt install_note.txt)
foreach(file ${kept})
  file(REMOVE ${BUILD}/package/${file})
  if(EXISTS ${BUILD}/${file})
    file(RENAME ${BUILD}/${file} ${BUILD}/package/${file})
  endif()
endforeach()
file(REMOVE_RECURSE ${BUILD}/zip)
file(REMOVE ${BUILD}/${NAME}.zip)
run(${CMAKE_COMMAND} --install ${BUILD} --strip --prefix ${BUILD}/zip/${NAME})
foreach(file ${kept})
  file(REMOVE ${BUILD}/${file})
  if(EXISTS ${BUILD}/package/${file})
    file(RENAME ${BUILD}/package/${file} ${BUILD}/${file})
  endif()
endforeach()

file(COPY ${BUILD}/package/README.md ${LICENSE} DESTINATION ${BUILD}/zip/${NAME})
run(${CMAKE_COMMAND} -E chdir ${BUILD}/zip ${CMAKE_COMMAND} -E tar cf ../${NAME}.zip --format=zip ${NAME})
