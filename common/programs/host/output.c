#include "host/output.h"

#include "support/error.h"

ferry_status host_write(host_stream stream, const void *bytes, size_t count, ferry_error *error) {
    const char *name = stream == HOST_STREAM_ERROR ? "standard error" : "standard output";
    ferry_status status = host_output_write(stream, name, bytes, count, error);
    return status != FERRY_INTERRUPTED
               ? status
               : ferryi_fail(error, FERRY_INTERRUPTED, 0, "stopped while nobody read %s", name);
}
