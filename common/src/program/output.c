#include "output.h"

#include <frameferry/host.h>

#include "message.h"

bool ferryi_output_line(ferryi_line *line) {
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
