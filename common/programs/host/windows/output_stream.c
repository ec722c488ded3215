/* Standard output and standard error. */
#include "host/output.h"

#include "host/windows/flow.h"
#include "platform/windows/failure.h"

static host_flow flows[2];

ferry_status host_output_write(host_stream stream, const char *name, const void *bytes,
                               size_t count, ferry_error *error) {
    bool is_error = stream == HOST_STREAM_ERROR;
    host_flow *f = &flows[is_error];
    if (!f->is_ready)
        host_flow_begin(f, GetStdHandle(is_error ? STD_ERROR_HANDLE : STD_OUTPUT_HANDLE));
    DWORD code = host_flow_write(f, bytes, count);
    if (code == 0)
        return FERRY_OK;
    if (code == ERROR_CANCELLED)
        return FERRY_INTERRUPTED;
    return ferryi_fail_win32(error, code, "cannot write to %s", name);
}
