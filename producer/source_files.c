/* Image files in the order of the command line; those of a directory as people sort them. */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/host.h>
#include <frameferry/image.h>

#include "message.h"
#include "picture_name.h"
#include "text.h"

typedef struct files {
    source base;
    char **paths;
    size_t count;
    size_t capacity;
    size_t position; /* in paths, of the next file */
    uint64_t *skipped;
    bool loop;
    arrangement how;
    uint64_t slot_bytes;
} files;

/* Takes the path over; false: no memory, and it is freed. */
static bool append(files *f, char *path) {
    if (path != NULL && f->count == f->capacity) {
        size_t capacity = f->capacity == 0 ? 64 : 2 * f->capacity;
        char **grown = realloc(f->paths, capacity * sizeof *grown);
        if (grown == NULL) {
            free(path);
            path = NULL;
        } else {
            f->paths = grown;
            f->capacity = capacity;
        }
    }
    if (path == NULL)
        return false;
    f->paths[f->count++] = path;
    return true;
}

/* A new string; without a directory, the name alone. */
static char *join(const char *directory, const char *name) {
    size_t length = strlen(directory);
    const char *between = length == 0 || ferryi_host_is_separator(directory[length - 1]) ? "" : "/";
    size_t bytes = length + strlen(between) + strlen(name) + 1;
    char *path = malloc(bytes);
    if (path != NULL)
        snprintf(path, bytes, "%s%s%s", directory, between, name);
    return path;
}

/* Whether a picture will find room in a slot. */
static bool fits(const files *f, const char *path, const ferry_frame_info *info,
                 ferry_error *error) {
    ferry_frame_info stored;
    return arrange_describe(&f->how, info, &stored, error) == FERRY_OK &&
           source_fits(path, &stored, f->slot_bytes, f->how.dialect, error);
}

static void skip(files *f, const ferry_error *why) {
    ferryi_message_warn("skipped: %s", why->message);
    (*f->skipped)++;
}

/* Looks at the file's header. FERRY_OK: it can be sent. */
static ferry_status look(const files *f, const char *path, ferry_error *error) {
    ferry_image probed = FERRY_IMAGE_INIT;
    ferry_status status = ferry_image_probe(path, NULL, &probed, error);
    if (status != FERRY_OK)
        return status;
    return fits(f, path, &probed.info, error) ? FERRY_OK : error->status;
}

/* Takes path over. A directory is searched for pictures: what else lies there is no input, and is
 * only counted, in *others. NULL: the file has been asked for by name. False: no memory. */
static bool add_file(files *f, char *path, size_t *others) {
    ferry_error error;
    ferry_status status = path == NULL ? FERRY_OK : look(f, path, &error);
    if (status == FERRY_OK)
        return append(f, path);
    if (others != NULL && status == FERRY_UNREADABLE && !picture_is_claimed(path))
        (*others)++;
    else
        skip(f, &error);
    free(path);
    return true;
}

static int compare_names(const void *a, const void *b) {
    return ferryi_text_compare_natural(*(char *const *)a, *(char *const *)b);
}

/* Says what a directory with so many files lacks. */
static void report_directory(files *f, const char *directory, size_t count, size_t others) {
    if (count == others) {
        ferryi_message_warn("skipped: there are no %s in the directory %s",
                            count == 0 ? "files" : "pictures", directory);
        (*f->skipped)++;
    } else if (others > 0) {
        ferryi_message_inform("left out: %zu file%s in the directory %s that %s", others,
                              others == 1 ? "" : "s", directory,
                              others == 1 ? "is no picture" : "are no pictures");
    }
}

static bool add_directory(files *f, const char *directory) {
    char **names = NULL;
    size_t count = 0;
    size_t others = 0;
    ferry_error error;
    ferry_status status = ferryi_host_list_directory(directory, &names, &count, &error);
    if (status != FERRY_OK) {
        skip(f, &error);
        return status != FERRY_NO_MEMORY;
    }
    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    bool done = true;
    size_t seen = 0;
    for (; seen < count && done && ferryi_host_stop_count() == 0; seen++)
        done = add_file(f, join(directory, names[seen]), &others);
    if (seen == count && done)
        report_directory(f, directory, count, others);
    ferryi_host_free_names(names, count);
    return done;
}

/* A stop counts here too: the headers of very many files take their time. */
static bool add_all(files *f, const files_request *request) {
    for (size_t i = 0; i < request->count && ferryi_host_stop_count() == 0; i++) {
        const char *path = request->paths[i];
        bool done = ferryi_host_is_directory(path) ? add_directory(f, path)
                                                   : add_file(f, join("", path), NULL);
        if (!done)
            return false;
    }
    return true;
}

/* Forgets a file that turned out to be bad, so that a loop neither warns of it again nor goes round
 * for ever when none is left. */
static void forget(files *f, size_t index) {
    free(f->paths[index]);
    f->count--;
    memmove(&f->paths[index], &f->paths[index + 1], (f->count - index) * sizeof *f->paths);
}

static bool files_next(source *self, ferry_image *into) {
    files *f = (files *)self;
    while (f->position < f->count || (f->loop && f->count > 0)) {
        if (f->position == f->count)
            f->position = 0;
        ferry_error error;
        const char *path = f->paths[f->position];
        /* Its header was good, but its picture may be bad, and it may have changed since then. */
        if (ferry_image_load(path, NULL, into, &error) == FERRY_OK &&
            fits(f, path, &into->info, &error)) {
            f->position++;
            return true;
        }
        skip(f, &error);
        forget(f, f->position);
    }
    return false;
}

static void files_close(source *self) {
    files *f = (files *)self;
    ferryi_host_free_names(f->paths, f->count);
    free(f);
}

ferry_status source_open_files(source **out, const files_request *request, ferry_error *error) {
    files *f = calloc(1, sizeof *f);
    ferry_status status = FERRY_NO_MEMORY;
    if (f != NULL) {
        f->base = (source){.rate = {.seconds = 1}, .next = files_next, .close = files_close};
        f->skipped = request->skipped;
        f->loop = request->loop;
        f->how = request->how;
        f->slot_bytes = request->slot_bytes;
        if (add_all(f, request))
            status = f->count > 0 ? FERRY_OK : FERRY_UNREADABLE;
    }
    if (status == FERRY_OK) {
        f->base.is_still = f->loop && f->count == 1;
        *out = &f->base;
        return status;
    }
    *error = (ferry_error){.status = status};
    strcpy(error->message,
           status == FERRY_NO_MEMORY ? "out of memory" : "none of the sources can be sent");
    if (f != NULL)
        files_close(&f->base);
    return status;
}
