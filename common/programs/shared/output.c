#include "shared/output.h"

#include "host/host.h"

#include "shared/message.h"

/* In one piece with the text that wipes out another program's progress, so that the line is not
 * renewed in between. */
static ferry_status write_line(const app_line *line, ferry_error *error) {
    app_line whole = APP_LINE_INIT;
    app_message_put_blank(&whole);
    if (whole.used > 0)
        app_line_put(&whole, line->text, line->used);
    const app_line *shown = whole.used > 0 && !whole.is_cut ? &whole : line;
    ferry_status status = host_write(HOST_STREAM_OUTPUT, shown->text, shown->used, error);
    app_line_free(&whole);
    return status;
}

bool app_output_line(app_line *line) {
    static bool is_given_up;
    if (line->is_cut) {
        app_message_fail("out of memory");
        return false;
    }
    ferry_error error;
    ferry_status status = write_line(line, &error);
    app_line_clear(line);
    if (status == FERRY_OK || is_given_up)
        return true;
    if (status == FERRY_INTERRUPTED) {
        app_message_warn("standard output cannot be written any more: the last lines are missing");
        is_given_up = true;
        return true;
    }
    app_message_fail("%s%s", error.message,
                     host_has_lost_reader()
                         ? "; its reader has ended, as head does when it has enough lines"
                         : "");
    return false;
}
