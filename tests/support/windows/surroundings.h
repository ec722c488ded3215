/* What a test has around it: a folder of its own, and the environment. */
#ifndef SURROUNDINGS_H
#define SURROUNDINGS_H

#include <direct.h>
#include <process.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Makes a new folder and writes its path. */
static inline bool make_temporary_folder(char *out, size_t out_bytes) {
    const char *parent = getenv("TEMP");
    bool made = false;
    for (int i = 0; i < 1000 && !made; i++) {
        snprintf(out, out_bytes, "%s/ferry-test-%d-%d", parent != NULL ? parent : ".", _getpid(),
                 i);
        made = _mkdir(out) == 0;
    }
    return made;
}

/* For this process, its C library and its children; NULL takes the variable away. */
static inline void set_variable(const char *name, const char *value) {
    _putenv_s(name, value != NULL ? value : "");
}

#endif
