# The libraries that read and write picture files. ferry_image_libraries: what the library links; ferry_pkg_config: the
# same for pkg-config; ferry_image_sources and ferry_image_definitions: what of ours depends on them.
find_package(PNG REQUIRED)  # Debian: libpng-dev
find_package(ISAL REQUIRED) # Debian: libisal-dev
set(ferry_image_libraries PNG::PNG ISAL::ISAL)
set(ferry_pkg_config libpng libisal)
set(ferry_image_packages PNG ISAL)
set(ferry_image_sources)
set(ferry_image_definitions)

option(FERRY_JPEG_TURBO "Decode JPEG by libjpeg-turbo (without: by stb_image, slower and not all of it)" ON)
option(FERRY_WEBP "Read WebP, by libwebp" ON)
option(FERRY_TIFF "Read TIFF, by libtiff" ON)

# ferry_picture_library(OPTION package Debian-package pkg-config-name target source): a library that may be left out.
function(ferry_picture_library option package debian pkg_config target source)
  if(NOT ${option})
    return()
  endif()
  find_package(${package} QUIET)
  if(NOT ${package}_FOUND)
    message(FATAL_ERROR "${package} is not there: install it (Debian: ${debian}), or configure with -D${option}=OFF")
  endif()
  set(ferry_image_libraries ${ferry_image_libraries} ${target} PARENT_SCOPE)
  set(ferry_pkg_config ${ferry_pkg_config} ${pkg_config} PARENT_SCOPE)
  set(ferry_image_packages ${ferry_image_packages} ${package} PARENT_SCOPE)
  set(ferry_image_sources ${ferry_image_sources} ${source} PARENT_SCOPE)
  set(ferry_image_definitions ${ferry_image_definitions} ${option} PARENT_SCOPE)
endfunction()

ferry_picture_library(FERRY_JPEG_TURBO JPEG libjpeg62-turbo-dev libjpeg JPEG::JPEG src/image/jpeg_turbo.c)
ferry_picture_library(FERRY_WEBP WebP libwebp-dev "libwebp libwebpdemux" WebP::webpdemux src/image/codec_webp.c)
ferry_picture_library(FERRY_TIFF TIFF libtiff-dev libtiff-4 TIFF::TIFF
  "src/image/codec_tiff.c;src/image/tiff_session.c")
if(NOT FERRY_JPEG_TURBO)
  list(APPEND ferry_image_sources src/image/jpeg_stb.c)
endif()
