# Builds for 64-bit ARM Linux on another machine, and runs the programs through qemu-user.
# FERRY_SYSROOT: a folder with the C library and the packages that are needed, for arm64; see
# scripts/foreign-packages.sh.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# The checks that CMake makes in folders of their own read this file again.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FERRY_SYSROOT)
if(NOT FERRY_SYSROOT)
  message(FATAL_ERROR "set FERRY_SYSROOT to the folder that scripts/foreign-packages.sh made")
endif()
set(CMAKE_SYSROOT ${FERRY_SYSROOT})
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${FERRY_SYSROOT})

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
