/* A build without HTTP: it says so. */
#include "sources/source.h"

#include "host/inside.h"

ferry_status source_open_http(source **out, const http_request *request, ferry_error *error) {
    (void)out;
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                       "%.300s: this ferry-producer has been built without HTTP (FERRY_HTTP)",
                       request->address);
}
