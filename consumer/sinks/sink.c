/* Functions that several sinks need. */
#include "sinks/sink.h"

#include "shared/text.h"

const char *sink_format_name(char text[SINK_FORMAT_BYTES], uint32_t format) {
    const char *name = ferry_format_name(format);
    if (name != NULL)
        return name;
    app_text_fourcc(text, format);
    return text;
}
