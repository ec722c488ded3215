# Builds for 64-bit Windows on another machine, and runs the programs under Wine.
# FERRY_SYSROOT: a folder with the libraries that are needed; see scripts/mingw-packages.sh.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
# The variant that needs no thread library besides the system's.
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-win32)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

# The checks that CMake makes in folders of their own read this file again.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FERRY_SYSROOT)
if(NOT FERRY_SYSROOT)
  message(FATAL_ERROR "set FERRY_SYSROOT to the folder that scripts/mingw-packages.sh made")
endif()
set(CMAKE_FIND_ROOT_PATH ${FERRY_SYSROOT})
set(FERRY_LICENCES ${FERRY_SYSROOT}/licenses) # of the libraries, all of which are linked statically
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../scripts/wine.sh ${CMAKE_BINARY_DIR}/wine)

# A program is one file: it needs no DLL that Windows does not have.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
