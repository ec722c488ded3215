/* Tells which files of a directory are meant to be pictures. */
#ifndef PRODUCER_PICTURE_NAME_H
#define PRODUCER_PICTURE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the name ends in a dot and one of these endings, which are in small letters, in letters
 * of any case. */
bool name_has_ending(const char *path, const char *const *known, size_t count);

/* Whether the name ends as names of pictures do, in letters of any case; also for kinds that cannot
 * be read, so that these are not left out silently. */
bool picture_has_name(const char *path);

/* Whether these are the first bytes of a picture of a kind that can be read and that text is not
 * taken for. */
bool picture_has_signature(const uint8_t *bytes, size_t count);

/* Whether a file that cannot be read as a picture says that it is one, by its name or its first
 * bytes. */
bool picture_is_claimed(const char *path);

#endif
