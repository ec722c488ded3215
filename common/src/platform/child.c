#include <frameferry/child.h>

#include <stdlib.h>

#include <frameferry/clock.h>

#include "platform/child_pipe.h"
#include "platform/child_process.h"
#include "support/deadline.h"
#include "support/error.h"
#include "support/need.h"

struct ferry_child {
    ferryi_child_process *process;
    ferryi_child_pipe *input; /* NULL: there is none */
    bool ended;
    ferry_child_exit how;
};

/* ---- starting ---- */

static ferry_status read_options(ferry_child_options *out, const ferry_child_options *given,
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

static ferry_status start_with_pipe(ferry_child *child, const ferry_child_options *options,
                                    ferry_error *error) {
    ferry_status status = ferryi_child_pipe_open(&child->input, options->command, error);
    if (status != FERRY_OK)
        return status;
    status = ferryi_child_process_start(&child->process, options,
                                        ferryi_child_pipe_reading(child->input), error);
    ferryi_child_pipe_close_reading(child->input);
    return status;
}

static ferry_status start(ferry_child **out, const ferry_child_options *options,
                          ferry_error *error) {
    ferry_child *child = calloc(1, sizeof *child);
    if (child == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", options->command);
    ferry_status status = options->pipe_input != 0
                              ? start_with_pipe(child, options, error)
                              : ferryi_child_process_start(&child->process, options, -1, error);
    if (status == FERRY_OK)
        *out = child;
    else
        ferry_child_free(&child);
    return status;
}

ferry_status ferry_child_start_with(ferry_child **out, const ferry_child_options *options,
                                    ferry_error *error) {
    ferry_child_options wanted;
    ferry_status status = ferryi_need(out, "out", error);
    if (status == FERRY_OK)
        status = read_options(&wanted, options, error);
    return status == FERRY_OK ? start(out, &wanted, error) : status;
}

ferry_status ferry_child_start(ferry_child **out, const char *command, const char *channel,
                               ferry_error *error) {
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = command;
    options.channel = channel;
    ferry_status status = ferryi_need(channel, "channel", error);
    return status == FERRY_OK ? ferry_child_start_with(out, &options, error) : status;
}

/* ---- how it ended ---- */

/* FERRY_OK, FERRY_TIMEOUT while the child runs, or FERRY_SYSTEM_ERROR. */
static ferry_status look(ferry_child *child) {
    if (child->ended)
        return FERRY_OK;
    ferry_status status = ferryi_child_process_look(child->process, &child->how);
    child->ended = status == FERRY_OK;
    return status;
}

ferry_status ferry_child_wait(ferry_child *child, int64_t timeout_ns, ferry_child_exit *out) {
    if (child == NULL || timeout_ns < 0)
        return FERRY_INVALID_ARGUMENT;
    uint64_t begin_ns = ferry_clock_ns();
    ferry_status status;
    while ((status = look(child)) != FERRY_OK) {
        int64_t spent_ns = (int64_t)(ferry_clock_ns() - begin_ns);
        if (status != FERRY_TIMEOUT || spent_ns >= timeout_ns)
            return status;
        if (!ferryi_child_process_sleep(child->process, timeout_ns - spent_ns))
            return FERRY_INTERRUPTED;
    }
    if (out != NULL)
        *out = child->how;
    return FERRY_OK;
}

void ferry_child_end(ferry_child *child, bool by_force) {
    if (child != NULL && !child->ended)
        ferryi_child_process_end(child->process, by_force);
}

int64_t ferry_child_id(const ferry_child *child) {
    return child != NULL ? ferryi_child_process_id(child->process) : 0;
}

/* ---- its standard input ---- */

/* Sleeps until the pipe has room or the child has ended. */
static ferry_status await_room(ferry_child *child, uint64_t deadline_ns) {
    intptr_t process = ferryi_child_process_handle(child->process);
    int64_t left_ns = ferryi_deadline_left(deadline_ns, process < 0 ? FERRYI_CHILD_PROCESS_LOOK_NS
                                                                    : FERRY_FOREVER);
    ferry_status status = ferryi_child_pipe_await(child->input, process, left_ns);
    if (status != FERRY_TIMEOUT)
        return status;
    /* Something that the child has started may keep the pipe open and never read it. */
    if (look(child) != FERRY_TIMEOUT)
        return FERRY_END_OF_STREAM;
    return left_ns == 0 ? FERRY_TIMEOUT : FERRY_OK;
}

static ferry_status write_all(ferry_child *child, const uint8_t *bytes, size_t count,
                              uint64_t deadline_ns, size_t *written) {
    while (*written < count) {
        size_t some = 0;
        ferry_status status =
            ferryi_child_pipe_write(child->input, bytes + *written, count - *written, &some);
        *written += some;
        if (status == FERRY_FULL)
            status = await_room(child, deadline_ns);
        if (status != FERRY_OK)
            return status;
    }
    return FERRY_OK;
}

ferry_status ferry_child_write(ferry_child *child, const void *bytes, size_t count,
                               int64_t timeout_ns, size_t *written) {
    size_t done = 0;
    ferry_status status = FERRY_INVALID_ARGUMENT;
    if (child != NULL && bytes != NULL && timeout_ns >= 0 && child->input != NULL)
        status = write_all(child, bytes, count, ferryi_deadline(timeout_ns), &done);
    if (written != NULL)
        *written = done;
    return status;
}

void ferry_child_close_input(ferry_child *child) {
    if (child == NULL || child->input == NULL)
        return;
    ferryi_child_pipe_close(child->input);
    child->input = NULL;
}

void ferry_child_free(ferry_child **child) {
    if (child == NULL || *child == NULL)
        return;
    ferry_child_close_input(*child);
    ferryi_child_process_close((*child)->process);
    free(*child);
    *child = NULL;
}
