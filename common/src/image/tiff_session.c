#include "image/tiff_session.h"

#include <stdio.h> /* SEEK_SET */
#include <string.h>

enum { ALLOCATION_MAX = INT32_MAX };

static tmsize_t on_read(thandle_t handle, void *out, tmsize_t wanted) {
    ferryi_tiff_session *t = handle;
    uint64_t left = t->at < t->bytes.length ? t->bytes.length - t->at : 0;
    if (wanted < 0)
        return -1;
    size_t count = (uint64_t)wanted < left ? (size_t)wanted : (size_t)left;
    if (count < (uint64_t)wanted)
        *(t->bytes.ended ? &t->beyond : &t->out_of_reach) = true;
    if (count > 0)
        memcpy(out, t->bytes.data + t->at, count);
    t->at += count;
    t->furthest = t->at > t->furthest ? t->at : t->furthest;
    return (tmsize_t)count;
}

static tmsize_t on_write(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle;
    (void)bytes;
    (void)count;
    return -1;
}

static toff_t on_size(thandle_t handle) {
    const ferryi_tiff_session *t = handle;
    return t->bytes.ended ? t->bytes.length : INT32_MAX;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
    ferryi_tiff_session *t = handle;
    switch (whence) {
    case SEEK_SET: t->at = offset; break;
    case SEEK_CUR: t->at += offset; break;
    default: t->at = on_size(handle) + offset; break;
    }
    return t->at;
}

static int on_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static int on_map(thandle_t handle, void **base, toff_t *size) {
    (void)handle;
    (void)base;
    (void)size;
    return 0;
}

static void on_unmap(thandle_t handle, void *base, toff_t size) {
    (void)handle;
    (void)base;
    (void)size;
}

/* 1: it has been dealt with, and libtiff prints nothing. */
static int on_error(TIFF *tiff, void *user, const char *module, const char *format,
                    va_list arguments) {
    (void)tiff;
    (void)module;
    (void)format;
    (void)arguments;
    ((ferryi_tiff_session *)user)->damaged = true;
    return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format,
                      va_list arguments) {
    (void)tiff;
    (void)user;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

bool ferryi_tiff_session_open(ferryi_tiff_session *t, ferryi_bytes bytes) {
    *t = (ferryi_tiff_session){.bytes = bytes};
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options == NULL)
        return false;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, ALLOCATION_MAX);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, t);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, NULL);
    t->tiff = TIFFClientOpenExt("TIFF", "rm", t, on_read, on_write, on_seek, on_close, on_size,
                                on_map, on_unmap, options);
    TIFFOpenOptionsFree(options);
    return t->tiff != NULL;
}

void ferryi_tiff_session_close(ferryi_tiff_session *t) {
    if (t->tiff != NULL)
        TIFFClose(t->tiff);
}
