#include "support/child_options.h"

#include "support/need.h"

ferry_status ferryi_child_options_read(ferry_child_options *out, const ferry_child_options *given,
                                       ferry_error *error) {
    *out = (ferry_child_options)FERRY_CHILD_OPTIONS_INIT;
    ferry_status status =
        ferryi_need_options(out, sizeof *out, given, "FERRY_CHILD_OPTIONS_INIT", error);
    if (status == FERRY_OK)
        status = ferryi_need(out->command, "command", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(out->pipe_input, 1, "pipe_input", "0 or 1", error);
    if (status == FERRY_OK)
        status = ferryi_need_choice(out->own_group, 1, "own_group", "0 or 1", error);
    return status;
}
