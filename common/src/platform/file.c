#include "platform/file.h"

#include <stdlib.h>
#include <string.h>

#include "platform/file_name.h"
#include "support/error.h"

static void forget(ferryi_file_output *out) {
    free(out->path);
    free(out->temporary);
    *out = (ferryi_file_output){0};
}

static bool reserve_names(ferryi_file_output *out, const char *path) {
    size_t bytes = strlen(path) + 1;
    out->path = malloc(bytes);
    if (out->path == NULL)
        return false;
    memcpy(out->path, path, bytes);
    out->temporary = malloc(ferryi_file_name_bytes(path));
    return out->temporary != NULL;
}

ferry_status ferryi_file_output_open(ferryi_file_output *out, const char *path,
                                     ferry_error *error) {
    *out = (ferryi_file_output){0};
    ferry_status status = ferryi_file_check_target(path, error);
    if (status != FERRY_OK)
        return status;
    if (!reserve_names(out, path)) {
        status = ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to write %.400s", path);
    } else {
        int32_t code = ferryi_file_begin(out);
        if (code != 0)
            status = ferryi_file_refuse(code, path, error);
    }
    if (status != FERRY_OK)
        forget(out);
    return status;
}

ferry_status ferryi_file_output_flush(ferryi_file_output *out, ferry_error *error) {
    int32_t code = ferryi_file_flush(out);
    if (code == 0)
        return FERRY_OK;
    ferry_status status = ferryi_file_refuse(code, out->path, error);
    ferryi_file_output_abort(out);
    return status;
}

ferry_status ferryi_file_output_commit(ferryi_file_output *out, ferry_error *error) {
    int32_t code = ferryi_file_finish(out);
    ferry_status status = FERRY_OK;
    if (out->must_be_new && ferryi_file_is_taken(code))
        status = ferryi_fail(error, FERRY_SYSTEM_ERROR, code,
                             "cannot write %.400s: something of that name is there already, and is "
                             "not replaced",
                             out->path);
    else if (code != 0)
        status = ferryi_file_refuse(code, out->path, error);
    forget(out);
    return status;
}

void ferryi_file_output_abort(ferryi_file_output *out) {
    if (out->stream != NULL)
        ferryi_file_discard(out);
    forget(out);
}
