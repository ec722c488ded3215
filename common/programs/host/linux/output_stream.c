/* Standard output and standard error. */
#include "host/output.h"

#include <errno.h>
#include <unistd.h>

#include "host/linux/flow.h"
#include "support/error.h"

static host_flow flows[2];

ferry_status host_output_write(host_stream stream, const char *name, const void *bytes,
                               size_t count, ferry_error *error) {
    bool is_error = stream == HOST_STREAM_ERROR;
    host_flow *f = &flows[is_error];
    if (f->kind == HOST_FLOW_UNKNOWN)
        host_flow_begin(f, is_error ? STDERR_FILENO : STDOUT_FILENO);
    int code = host_flow_write(f, bytes, count);
    if (code == 0)
        return FERRY_OK;
    if (code == EINTR)
        return FERRY_INTERRUPTED;
    return ferryi_fail_errno(error, code, "cannot write to %s", name);
}
