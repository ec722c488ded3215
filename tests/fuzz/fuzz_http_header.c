/* Headers of an answer over HTTP, line by line, and the clock that they tell of. */
#include "fuzz.h"

#include <frameferry/frame.h>

#include "sources/http_clock.h"
#include "sources/http_header.h"

static void check_frame(const http_answer *answer) {
    const ferry_frame_info *info = &answer->info;
    ferry_layout layout;
    FUZZ_CHECK(info->width > 0 && info->height > 0 && answer->frame > 0);
    FUZZ_CHECK(info->length_bytes > 0 && info->length_bytes <= INT32_MAX);
    FUZZ_CHECK(info->length_bytes == answer->body_bytes);
    FUZZ_CHECK(info->metadata_bytes <= FERRY_METADATA_MAX && info->plane_count <= FERRY_PLANES_MAX);
    if (ferry_format_bit_count(info->format) != 0)
        FUZZ_CHECK(ferry_layout_of(&layout, info) == FERRY_OK &&
                   layout.length_bytes <= info->length_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    http_answer answer = {.status = 0};
    http_clock clock = {.samples = {{.at_ns = 0}}};
    size_t begin = 0;
    while (begin < size) {
        const uint8_t *end = memchr(data + begin, '\n', size - begin);
        size_t length = end == NULL ? size - begin : (size_t)(end - data) - begin + 1;
        char *line = fuzz_text(data + begin, length); /* of its own, so that a step beyond shows */
        bool goes_on = http_answer_take(&answer, line, length);
        free(line);
        FUZZ_CHECK(answer.total_bytes <= HTTP_HEADERS_MAX);
        if (!goes_on)
            return 0;
        begin += length;
    }
    if (http_answer_has_times(&answer))
        http_clock_note(&clock, answer.frame, answer.received_ns, answer.sent_ns,
                        answer.frame + answer.generation % 1000000000);
    uint64_t mapped_ns = http_clock_map(&clock, answer.info.capture_ns, answer.frame);
    FUZZ_CHECK(mapped_ns <= answer.frame || mapped_ns == 1);
    http_answer copy = answer;
    http_answer_check(&copy, false, NULL);
    if (http_answer_check(&answer, true, NULL) == FERRY_OK)
        check_frame(&answer);
    return 0;
}
