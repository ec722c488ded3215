/* What several sinks need. */
#include "sink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "text.h"

bool sink_flush_output(void) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    ferryi_message_fail("cannot write to standard output%s%s", errno != 0 ? ": " : "",
                        errno != 0 ? strerror(errno) : "");
    return false;
}

const char *sink_format_name(char text[SINK_FORMAT_BYTES], uint32_t format) {
    const char *name = ferry_format_name(format);
    if (name != NULL)
        return name;
    ferryi_text_fourcc(text, format);
    return text;
}
