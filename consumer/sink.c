/* What several sinks need. */
#include "sink.h"

#include <frameferry/host.h>

#include "message.h"
#include "text.h"

bool sink_write_line(ferryi_line *line) {
    static bool is_given_up;
    if (line->is_cut) {
        ferryi_message_fail("out of memory");
        return false;
    }
    ferry_error error;
    ferry_status status = ferryi_host_write(FERRYI_STREAM_OUTPUT, line->text, line->used, &error);
    ferryi_line_clear(line);
    if (status == FERRY_OK || is_given_up)
        return true;
    if (status == FERRY_INTERRUPTED) {
        ferryi_message_warn("standard output takes no more: the last lines are missing there");
        is_given_up = true;
        return true;
    }
    ferryi_message_fail("%s%s", error.message,
                        ferryi_host_has_lost_reader()
                            ? "; its reader has ended, as head does when it has enough lines"
                            : "");
    return false;
}

const char *sink_format_name(char text[SINK_FORMAT_BYTES], uint32_t format) {
    const char *name = ferry_format_name(format);
    if (name != NULL)
        return name;
    ferryi_text_fourcc(text, format);
    return text;
}
