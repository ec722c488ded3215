/* Notes in the metadata of a frame: added as --meta does it, and taken apart from what a peer
 * wrote. */
#include "fuzz.h"

#include <frameferry/notes.h>

/* Alone in memory and only as long as it has to be, so that a look beyond it is found. */
static ferry_frame_info *make_info(const uint8_t *bytes, size_t count) {
    ferry_frame_info *info = calloc(1, sizeof *info);
    if (info == NULL)
        abort();
    if (count != 0)
        memcpy(info->metadata, bytes, count);
    info->metadata_bytes = (uint32_t)count;
    return info;
}

static void check_made(const ferry_frame_info *info) {
    FUZZ_CHECK(info->metadata_bytes <= FERRY_METADATA_MAX);
    FUZZ_CHECK(info->metadata_bytes == 0 || ferry_notes_are_valid(info));
}

/* Each line is a key and a value, with the first "=" between them; all that is taken can be read.
 */
static void make(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    ferry_frame_info *info = make_info(NULL, 0);
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        char *equals = strchr(line, '=');
        if (equals != NULL) {
            ferry_note note;
            *equals = '\0';
            if (ferry_notes_add(info, line, equals + 1, NULL) == FERRY_OK)
                FUZZ_CHECK(ferry_notes_find(info, line, &note) &&
                           strcmp(note.value, equals + 1) == 0);
        }
        check_made(info);
        line = end != NULL ? end + 1 : NULL;
    }
    free(info);
    free(text);
}

/* What a peer wrote, whatever length it claims. */
static void claim_length(const uint8_t *data, size_t size) {
    uint32_t claimed = 0, at = 0;
    ferry_note note;
    if (size < sizeof claimed)
        return;
    ferry_frame_info *info = make_info(data, size < FERRY_METADATA_MAX ? size : FERRY_METADATA_MAX);
    memcpy(&claimed, data, sizeof claimed);
    info->metadata_bytes = claimed;
    FUZZ_CHECK(!ferry_notes_are_valid(info) || claimed <= FERRY_METADATA_MAX);
    while (ferry_notes_next(info, &at, &note))
        FUZZ_CHECK(at <= FERRY_METADATA_MAX);
    at = claimed / 2;
    ferry_notes_next(info, &at, &note);
    ferry_notes_find(info, "camera", &note);
    free(info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    make(data, size);
    claim_length(data, size);
    size_t bytes = size < FERRY_METADATA_MAX ? size : FERRY_METADATA_MAX;
    ferry_frame_info *info = make_info(data, bytes), *again = make_info(NULL, 0);
    uint32_t at = 0;
    ferry_note note;
    bool valid = ferry_notes_are_valid(info);
    while (ferry_notes_next(info, &at, &note)) {
        FUZZ_CHECK(at <= bytes && strlen(note.key) >= 1);
        if (valid)
            FUZZ_CHECK(ferry_notes_add(again, note.key, note.value, NULL) == FERRY_OK);
        FUZZ_CHECK(ferry_notes_find(info, note.key, NULL) == valid);
    }
    /* What is valid is what its notes make. */
    if (valid)
        FUZZ_CHECK(again->metadata_bytes == bytes && memcmp(again->metadata, data, bytes) == 0);
    free(info);
    free(again);
    return 0;
}
