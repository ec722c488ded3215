# The libraries that ours is linked with, besides those of the system. All that depends on them follows from the list at
# the end: what is linked, what the CMake package and the pkg-config file ask for where somebody links the static
# library, and whose licences a package has to carry that contains them.
set(ferry_dependency_packages "")
set(ferry_dependency_targets "")
set(ferry_dependency_licences "")

# ferry_dependency(PACKAGE TARGET LICENCE...): what find_package knows it as, its target, and the names of the texts
# that are its licence and those of what it contains. A library of an optional part goes into an if(). If CMake has no
# module for PACKAGE, cmake/FindPACKAGE.cmake is it, and is installed too.
macro(ferry_dependency package target)
  find_package(${package} REQUIRED)
  list(APPEND ferry_dependency_packages ${package})
  list(APPEND ferry_dependency_targets ${target})
  list(APPEND ferry_dependency_licences ${ARGN})
endmacro()

# ferry_is_searched(RESULT FOLDER): whether a linker looks there by itself. A sysroot counts as such a folder: its place
# is of this machine alone.
function(ferry_is_searched result folder)
  file(REAL_PATH "${folder}" folder)
  set(searched OFF)
  if(folder IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES)
    set(searched ON)
  endif()
  foreach(root ${CMAKE_SYSROOT} ${CMAKE_FIND_ROOT_PATH})
    file(REAL_PATH "${root}" root)
    cmake_path(IS_PREFIX root "${folder}" NORMALIZE inside)
    if(inside)
      set(searched ON)
    endif()
  endforeach()
  set(${result} ${searched} PARENT_SCOPE)
endfunction()

# ferry_file_of(RESULT TARGET): the file of an imported library, or nothing.
function(ferry_file_of result target)
  set(${result} "" PARENT_SCOPE)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    return()
  endif()
  get_target_property(configurations ${target} IMPORTED_CONFIGURATIONS)
  list(TRANSFORM configurations PREPEND _)
  foreach(property IMPORTED_LOCATION IMPORTED_IMPLIB)
    foreach(suffix "" _RELEASE ${configurations})
      get_target_property(file ${target} ${property}${suffix})
      if(file)
        set(${result} "${file}" PARENT_SCOPE)
      endif()
    endforeach()
  endforeach()
endfunction()

# ferry_link_words(RESULT ITEM...): the -L and -l of files, imported targets and all that these need.
function(ferry_link_words result)
  set(words "")
  foreach(item ${ARGN})
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    if(TARGET ${item})
      ferry_file_of(file ${item})
      get_target_property(needs ${item} INTERFACE_LINK_LIBRARIES)
      if(NOT needs)
        set(needs "")
      endif()
      ferry_link_words(more ${file} ${needs})
      list(APPEND words ${more})
    elseif(IS_ABSOLUTE "${item}")
      get_filename_component(folder "${item}" DIRECTORY)
      ferry_is_searched(searched "${folder}")
      if(NOT searched)
        list(APPEND words "-L${folder}")
      endif()
      get_filename_component(name "${item}" NAME)
      string(REGEX REPLACE "^lib(.+)\\.(so|a|dylib|dll\\.a)$" "-l\\1" name "${name}")
      list(APPEND words "${name}")
    elseif(item MATCHES "^-")
      list(APPEND words "${item}")
    elseif(item MATCHES "^[A-Za-z0-9_.+-]+$")
      list(APPEND words "-l${item}")
    endif()
  endforeach()
  # Of duplicates the last one stays: a library comes behind all that need it.
  list(REVERSE words)
  list(REMOVE_DUPLICATES words)
  list(REVERSE words)
  set(${result} "${words}" PARENT_SCOPE)
endfunction()

ferry_dependency(PNG PNG::PNG libpng zlib) # Debian: libpng-dev
ferry_dependency(ISAL ISAL::ISAL isa-l) # Debian: libisal-dev

# Kinds of pictures that are read where there is a library for them. What of ours depends on it are source files, and
# definitions with the names of the options.
option(FERRY_JPEG_TURBO "Decode JPEG by libjpeg-turbo (without: by stb_image, slower and not all of it)" ON)
option(FERRY_WEBP "Read WebP, by libwebp" ON)
option(FERRY_TIFF "Read TIFF, by libtiff" ON)
set(ferry_image_sources "")
set(ferry_image_definitions "")

# ferry_picture_library(OPTION PACKAGE TARGET DEBIAN-PACKAGE SOURCES LICENCE...)
macro(ferry_picture_library option package target debian sources)
  if(${option})
    find_package(${package} QUIET)
    if(NOT ${package}_FOUND)
      message(FATAL_ERROR "${package} is not there: install it (Debian: ${debian}), or configure with -D${option}=OFF")
    endif()
    ferry_dependency(${package} ${target} ${ARGN})
    list(APPEND ferry_image_sources ${sources})
    list(APPEND ferry_image_definitions ${option})
  endif()
endmacro()

ferry_picture_library(FERRY_JPEG_TURBO JPEG JPEG::JPEG libjpeg62-turbo-dev jpeg_turbo libjpeg-turbo)
ferry_picture_library(FERRY_WEBP WebP WebP::webpdemux libwebp-dev codec_webp libwebp)
ferry_picture_library(FERRY_TIFF TIFF TIFF::TIFF libtiff-dev "codec_tiff;tiff_session" libtiff)
if(NOT FERRY_JPEG_TURBO)
  list(APPEND ferry_image_sources jpeg_stb)
endif()

# ferry_system: what the library needs of the system.
if(WIN32)
  set(ferry_system advapi32)
else()
  find_package(Threads REQUIRED)
  list(APPEND ferry_dependency_packages Threads)
  set(ferry_system Threads::Threads m)
endif()
if(MINGW) # whose run-time library is in each program
  list(APPEND ferry_dependency_licences mingw-w64 gcc)
endif()
