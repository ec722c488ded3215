#include "host/library.h"

#include <dlfcn.h>
#include <string.h>

#include "support/error.h"

/* A handle of the system's, which it never looks into. */
ferry_status host_open_library(host_library **out, const char *file, ferry_error *error) {
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = dlerror();
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, 0, "%s cannot be loaded: %.300s", file,
                           reason != NULL ? reason : "no reason is known");
    }
    *out = handle;
    return FERRY_OK;
}

host_function host_find_function(host_library *library, const char *name) {
    host_function function = NULL;
    void *symbol = dlsym(library, name);
    /* POSIX has them of one size; C knows no cast from one to the other. */
    memcpy(&function, &symbol, sizeof function);
    return function;
}
