#include "output.h"

#include <frameferry/host.h>

#include "message.h"

/* In one piece with what takes another program's progress away, lest that is renewed in between. */
static ferry_status write_line(const ferryi_line *line, ferry_error *error) {
    ferryi_line whole = FERRYI_LINE_INIT;
    ferryi_message_put_blank(&whole);
    if (whole.used > 0)
        ferryi_line_put(&whole, line->text, line->used);
    const ferryi_line *shown = whole.used > 0 && !whole.is_cut ? &whole : line;
    ferry_status status = ferryi_host_write(FERRYI_STREAM_OUTPUT, shown->text, shown->used, error);
    ferryi_line_free(&whole);
    return status;
}

bool ferryi_output_line(ferryi_line *line) {
    static bool is_given_up;
    if (line->is_cut) {
        ferryi_message_fail("out of memory");
        return false;
    }
    ferry_error error;
    ferry_status status = write_line(line, &error);
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
