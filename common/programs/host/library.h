/* Shared libraries that a program is not linked with, and loads when it needs one. Any thread. */
#ifndef HOST_LIBRARY_H
#define HOST_LIBRARY_H

#include <frameferry/status.h>

typedef struct host_library host_library;

/* Any function, before it is cast to the type that it has. */
typedef void (*host_function)(void);

/* Loads a library by the name of its file, such as "libcurl.so.4", from where the system looks for
 * those of programs, with all that it needs itself. It stays until the process ends, since it may
 * have left threads and functions to be called at the end. Blocks for as long as the file system
 * takes. Returns FERRY_SYSTEM_ERROR, with what the system says of it. Source: dlopen(3),
 * LoadLibraryW. */
ferry_status host_open_library(host_library **out, const char *file, ferry_error *error);

/* The function of that name; NULL: the library has none. Source: dlsym(3), GetProcAddress. */
host_function host_find_function(host_library *library, const char *name);

#endif
