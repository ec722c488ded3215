/* Metadata of a frame: made from --meta, and taken apart from what a peer wrote. */
#include "fuzz.h"
#include "meta.h"

static void check_made(const ferryi_meta *meta) {
    FUZZ_CHECK(meta->bytes <= FERRY_METADATA_MAX);
    FUZZ_CHECK(meta->bytes == 0 || ferryi_meta_is_valid(meta->text, meta->bytes));
}

/* Each line is added as a pair; all that is taken can be read again. */
static void make(const uint8_t *data, size_t size) {
    char *text = fuzz_text(data, size);
    ferryi_meta meta = {.bytes = 0};
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        ferryi_meta_add(&meta, line);
        check_made(&meta);
        line = end != NULL ? end + 1 : NULL;
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    make(data, size);
    size_t bytes = size < FERRY_METADATA_MAX ? size : FERRY_METADATA_MAX;
    uint8_t *text = (uint8_t *)fuzz_text(data, bytes);
    size_t at = 0;
    ferryi_meta_pair pair;
    bool valid = ferryi_meta_is_valid(text, bytes);
    ferryi_meta again = {.bytes = 0};
    while (ferryi_meta_next(text, bytes, &at, &pair)) {
        FUZZ_CHECK(at <= bytes && strlen(pair.key) >= 1);
        char line[2 * sizeof pair.key + 2];
        snprintf(line, sizeof line, "%s=%s", pair.key, pair.value);
        if (valid)
            FUZZ_CHECK(ferryi_meta_add(&again, line) == FERRYI_META_FINE);
    }
    /* What is valid is what its pairs make. */
    if (valid)
        FUZZ_CHECK(again.bytes == bytes && memcmp(again.text, text, bytes) == 0);
    free(text);
    return 0;
}
