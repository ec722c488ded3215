/* Image files in the order of the command line; those of a directory as people sort them. Pictures
 * from pipes are kept, since they cannot be read again. */
#include "sources/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frame.h>
#include <frameferry/image.h>

#include "host/host.h"
#include "host/inside.h"
#include "shared/message.h"
#include "shared/text.h"
#include "sources/picture_name.h"

/* The most that is read from a pipe for one picture: the largest one, and what a file has besides.
 */
#define PIPE_MAX_BYTES ((size_t)FERRY_IMAGE_MAX_BYTES + ((size_t)64 << 20))

typedef struct entry {
    char *path;
    ferry_image kept; /* what came from a pipe; no pixels: it is a file */
} entry;

typedef struct files {
    source base;
    entry *entries;
    size_t count;
    size_t capacity;
    size_t position; /* of the next one */
    uint64_t *skipped;
    bool loop;
    ferry_image_load_options load;
    stored_form form;
    uint64_t slot_bytes;
} files;

static void drop(entry *e) {
    free(e->path);
    ferry_image_free(&e->kept);
}

/* Takes both over; false: no memory, and they are freed. */
static bool append(files *f, char *path, ferry_image kept) {
    entry added = {.path = path, .kept = kept};
    if (f->count == f->capacity) {
        size_t capacity = f->capacity == 0 ? 64 : 2 * f->capacity;
        entry *grown = realloc(f->entries, capacity * sizeof *grown);
        if (grown == NULL) {
            drop(&added);
            return false;
        }
        f->entries = grown;
        f->capacity = capacity;
    }
    f->entries[f->count++] = added;
    return true;
}

/* A new string; without a directory, the name alone. */
static char *join(const char *directory, const char *name) {
    size_t length = strlen(directory);
    const char *between = length == 0 || host_is_separator(directory[length - 1]) ? "" : "/";
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
    return stored_describe(&f->form, info, &stored, error) == FERRY_OK &&
           source_check_size(path, &stored, f->slot_bytes, f->form.dialect, error) == FERRY_OK;
}

/* Notes down what room a picture takes. It may turn out to lie on its side, which only the end of
 * some files tells, and then padding makes a difference. */
static void note_needs(files *f, const ferry_frame_info *info) {
    ferry_frame_info turned = *info;
    ferry_frame_info stored;
    ferry_error error;
    turned.width = info->height;
    turned.height = info->width;
    for (int i = 0; i < 2; i++)
        if (stored_describe(&f->form, i == 0 ? info : &turned, &stored, &error) == FERRY_OK &&
            source_needs(&stored) <= f->slot_bytes && source_needs(&stored) > f->base.slot_bytes)
            f->base.slot_bytes = source_needs(&stored);
}

static void skip(files *f, const ferry_error *why) {
    app_message_warn("skipped: %s", why->message);
    (*f->skipped)++;
}

/* Looks at the file's header. FERRY_OK: it can be sent. */
static ferry_status look(files *f, const char *path, ferry_error *error) {
    ferry_image probed = FERRY_IMAGE_INIT;
    ferry_status status = ferry_image_probe(path, &f->load, &probed, error);
    if (status != FERRY_OK)
        return status;
    if (!fits(f, path, &probed.info, error))
        return error->status;
    note_needs(f, &probed.info);
    return FERRY_OK;
}

/* Takes path over. A directory is searched for pictures: what else lies there is no input, and is
 * only counted, in *others. NULL: the file has been asked for by name. False: no memory. */
static bool add_file(files *f, char *path, size_t *others) {
    ferry_error error;
    if (path == NULL)
        return false;
    ferry_status status = look(f, path, &error);
    if (status == FERRY_OK)
        return append(f, path, (ferry_image)FERRY_IMAGE_INIT);
    if (others != NULL && status == FERRY_UNREADABLE && !picture_is_claimed(path))
        (*others)++;
    else
        skip(f, &error);
    free(path);
    return true;
}

/* Reads a picture from a pipe that is open, up to its end. */
static ferry_status read_picture(files *f, feed *from, ferry_image *out, ferry_error *error) {
    uint8_t *bytes = NULL;
    size_t count = 0;
    ferry_status status = feed_peek(from, error);
    if (status == FERRY_OK && feed_is_y4m(from))
        status =
            ferryi_fail(error, FERRY_UNREADABLE, 0,
                        "%.400s is a YUV4MPEG2 stream and must be the only SOURCE", from->name);
    if (status == FERRY_OK)
        status = feed_read_all(from, PIPE_MAX_BYTES, &bytes, &count, error);
    if (status == FERRY_OK)
        status = ferry_image_decode(bytes, count, from->name, &f->load, out, error);
    free(bytes);
    if (status == FERRY_OK && !fits(f, from->name, &out->info, error))
        return error->status;
    return status;
}

/* Takes path over, and what is open for it (NULL: nothing is). False: no memory. */
static bool add_pipe(files *f, char *path, feed *opened) {
    feed own;
    feed *from = opened != NULL ? opened : &own;
    ferry_error error;
    ferry_image picture = FERRY_IMAGE_INIT;
    if (path == NULL)
        return false;
    ferry_status status = opened != NULL ? FERRY_OK : feed_open(&own, path, &error);
    if (status == FERRY_OK)
        status = read_picture(f, from, &picture, &error);
    feed_close(from);
    if (status == FERRY_OK) {
        note_needs(f, &picture.info);
        return append(f, path, picture);
    }
    if (status != FERRY_INTERRUPTED)
        skip(f, &error);
    ferry_image_free(&picture);
    free(path);
    return true;
}

static int compare_names(const void *a, const void *b) {
    return app_text_compare_natural(*(char *const *)a, *(char *const *)b);
}

/* Says what is missing in a directory with this many files. */
static void report_directory(files *f, const char *directory, size_t count, size_t others) {
    if (count == others) {
        app_message_warn("skipped: no %s in the directory %s", count == 0 ? "files" : "pictures",
                         directory);
        (*f->skipped)++;
    } else if (others > 0) {
        app_message_inform("left out: %zu file%s in the directory %s that %s", others,
                           others == 1 ? "" : "s", directory,
                           others == 1 ? "is no picture" : "are no pictures");
    }
}

static bool add_directory(files *f, const char *directory) {
    char **names = NULL;
    size_t count = 0;
    size_t others = 0;
    ferry_error error;
    ferry_status status = host_list_directory(directory, &names, &count, &error);
    if (status != FERRY_OK) {
        skip(f, &error);
        return status != FERRY_NO_MEMORY;
    }
    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    bool done = true;
    size_t seen = 0;
    for (; seen < count && done && host_stop_count() == 0; seen++)
        done = add_file(f, join(directory, names[seen]), &others);
    if (seen == count && done)
        report_directory(f, directory, count, others);
    host_free_names(names, count);
    return done;
}

/* A stop counts here too: the headers of very many files take their time. */
static bool add_all(files *f, const files_request *request) {
    for (size_t i = 0; i < request->count && host_stop_count() == 0; i++) {
        const char *path = request->paths[i];
        bool done = true;
        switch (host_kind_of_file(path)) {
        case HOST_FILE_DIRECTORY: done = add_directory(f, path); break;
        case HOST_FILE_PIPE: done = add_pipe(f, join("", path), request->opened); break;
        default: done = add_file(f, join("", path), NULL); break;
        }
        if (!done)
            return false;
    }
    return true;
}

/* Forgets a file that turned out to be bad, so that a loop neither warns of it again nor goes round
 * for ever when none is left. */
static void forget(files *f, size_t index) {
    drop(&f->entries[index]);
    f->count--;
    memmove(&f->entries[index], &f->entries[index + 1], (f->count - index) * sizeof *f->entries);
}

static ferry_status load(const files *f, const entry *e, ferry_image *into, ferry_error *error) {
    if (e->kept.pixels == NULL)
        return ferry_image_load(e->path, &f->load, into, error);
    if (ferry_image_reserve(into, e->kept.info.length_bytes) != FERRY_OK)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory for %.400s", e->path);
    memcpy(into->pixels, e->kept.pixels, e->kept.info.length_bytes);
    into->info = e->kept.info;
    into->skipped = 0;
    return FERRY_OK;
}

static bool files_next(source *self, ferry_image *into) {
    files *f = (files *)self;
    while (f->position < f->count || (f->loop && f->count > 0)) {
        if (f->position == f->count)
            f->position = 0;
        ferry_error error;
        const entry *e = &f->entries[f->position];
        /* Its header was good, but its picture may be bad, and it may have changed since then. */
        if (load(f, e, into, &error) == FERRY_OK && fits(f, e->path, &into->info, &error)) {
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
    for (size_t i = 0; i < f->count; i++)
        drop(&f->entries[i]);
    free(f->entries);
    free(f);
}

ferry_status source_open_files(source **out, const files_request *request, ferry_error *error) {
    files *f = calloc(1, sizeof *f);
    ferry_status status = FERRY_NO_MEMORY;
    if (f != NULL) {
        f->base = (source){.rate = {.seconds = 1}, .next = files_next, .close = files_close};
        f->skipped = request->skipped;
        f->loop = request->loop;
        f->load = (ferry_image_load_options)FERRY_IMAGE_LOAD_OPTIONS_INIT;
        f->load.as_stored = request->as_stored;
        f->form = request->form;
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
