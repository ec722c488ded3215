/* What a test has around it: a folder of its own, and the environment; with the POSIX declarations
 * on. */
#ifndef SURROUNDINGS_H
#define SURROUNDINGS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Makes a new folder and writes its path. */
static inline bool make_temporary_folder(char *out, size_t out_bytes) {
    const char *parent = getenv("TEST_TMPDIR");
    if (parent == NULL)
        parent = getenv("TMPDIR");
    snprintf(out, out_bytes, "%s/ferry-test-XXXXXX", parent != NULL ? parent : "/tmp");
    return mkdtemp(out) != NULL;
}

/* NULL takes the variable away. */
static inline void set_variable(const char *name, const char *value) {
    if (value != NULL)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

#endif
