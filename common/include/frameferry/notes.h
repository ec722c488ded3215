/* Notes: keys and values in the metadata of a frame, in the form of ferry-producer --meta.
 *
 *     ferry_notes_add(&info, "camera", "front left", &error);       before a frame is sent
 *     if (ferry_notes_find(&frame.info, "camera", &note))           when it has come
 *         puts(note.value);
 *
 * A note is a line KEY=VALUE that ends with a line feed, and a frame's metadata is such lines and
 * nothing else. A key has one or more of the characters A-Z a-z 0-9 _ . - and occurs once; upper
 * and lower case differ. A value is UTF-8 without control characters (U+0000 to U+001F, U+007F to
 * U+009F) and may be empty. The first "=" ends the key, and nothing is escaped: a
 * program that needs other bytes in a value encodes them, as base64 for example. All lines together
 * have FERRY_METADATA_MAX bytes at most, line feeds included.
 *
 * Metadata of another form is no error: a program may put any bytes there. These calls look at
 * nothing beyond info, check every length in it, and hand out only notes of the form above. Any
 * thread; no call blocks or allocates. */
#ifndef FRAMEFERRY_NOTES_H
#define FRAMEFERRY_NOTES_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "status.h"
#include "version.h"

FERRY_BEGIN_DECLS

/* A key and its value, each with a zero at its end. */
typedef struct ferry_note {
    char key[FERRY_METADATA_MAX];
    char value[FERRY_METADATA_MAX];
} ferry_note;

/* Appends a note to the metadata of a frame that is to be sent, which is empty or consists of
 * notes. On failure info is as it was. Returns FERRY_OK; FERRY_INVALID_ARGUMENT (a key or a value
 * that breaks the rules, a key that is there already, metadata of another form); FERRY_TOO_LARGE
 * (there is no room for it). */
FERRY_API ferry_status ferry_notes_add(ferry_frame_info *info, const char *key, const char *value,
                                       ferry_error *error);

/* Whether a frame's metadata consists of notes; false when there is none. */
FERRY_API bool ferry_notes_are_valid(const ferry_frame_info *info);

/* Steps through the notes in their order: *at is 0 at first, and afterwards where the next one
 * begins. False after the last one, and at a line that is none, so that a program that wants all or
 * nothing asks ferry_notes_are_valid before. */
FERRY_API bool ferry_notes_next(const ferry_frame_info *info, uint32_t *at, ferry_note *out);

/* Finds the note with a key; out may be NULL, to learn only whether there is one. False when there
 * is none, and when the metadata is of another form. */
FERRY_API bool ferry_notes_find(const ferry_frame_info *info, const char *key, ferry_note *out);

FERRY_END_DECLS

#endif
