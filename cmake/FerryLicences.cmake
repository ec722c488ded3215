# The licences of others' code that is in what is installed. Of stb it always is.
set(ferry_licences ${CMAKE_CURRENT_BINARY_DIR}/package/licenses)
file(READ ${FERRY_STB_INCLUDE_DIR}/stb_image.h ferry_stb)
string(FIND "${ferry_stb}" "This software is available under 2 licenses" ferry_begin REVERSE)
if(ferry_begin LESS 0)
  message(FATAL_ERROR "${FERRY_STB_INCLUDE_DIR}/stb_image.h does not end with its licence, which has to be installed")
endif()
string(SUBSTRING "${ferry_stb}" ${ferry_begin} -1 ferry_stb)
string(REGEX REPLACE "-*\n*\\*/.*" "" ferry_stb "${ferry_stb}")
file(WRITE ${ferry_licences}/stb.txt "stb_image.h and stb_image_write.h\n\n${ferry_stb}\n")
install(FILES ${ferry_licences}/stb.txt DESTINATION ${CMAKE_INSTALL_DOCDIR}/licenses)

# Of the dependencies it is where they are linked as static libraries. Their texts are then beside them.
set(FERRY_LICENCES "" CACHE PATH "Folder with licences of libraries that are linked statically, as NAME.txt")
foreach(name ${ferry_dependency_licences})
  if(FERRY_LICENCES)
    install(FILES ${FERRY_LICENCES}/${name}.txt DESTINATION ${CMAKE_INSTALL_DOCDIR}/licenses)
  endif()
endforeach()
