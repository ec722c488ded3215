/* Functions that several sinks need. */
#include "sinks/sink.h"

#include <stdlib.h>
#include <string.h>

#include "shared/describe.h"

const char *sink_format_name(char text[SINK_FORMAT_BYTES], uint32_t format) {
    return app_describe_format(text, format);
}

char *sink_copy_text(const receipt *r) {
    size_t bytes = r->info->length_bytes;
    char *copy = malloc(bytes + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, r->text, bytes);
    copy[bytes] = '\0';
    return copy;
}
