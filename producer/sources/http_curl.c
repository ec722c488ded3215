#include "sources/http_curl.h"

#include <stddef.h>
#include <string.h>

#include "host/host.h"
#include "host/inside.h"

#define LIBRARY "libcurl.so.4"

/* Where a function goes in the table. */
typedef struct row {
    const char *name;
    size_t offset;
} row;

#define ROW(name)                                                                                  \
    { "curl_" #name, offsetof(http_curl, name) }

static const row rows[] = {
    ROW(global_init),    ROW(easy_strerror), ROW(easy_init),        ROW(easy_setopt),
    ROW(easy_getinfo),   ROW(easy_pause),    ROW(easy_cleanup),     ROW(slist_append),
    ROW(slist_free_all), ROW(multi_init),    ROW(multi_add_handle), ROW(multi_remove_handle),
    ROW(multi_perform),  ROW(multi_poll),    ROW(multi_info_read),  ROW(multi_cleanup),
};

static ferry_status find_all(http_curl *table, host_library *library, ferry_error *error) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        host_function found = host_find_function(library, rows[i].name);
        if (found == NULL)
            return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                               "frames over HTTP need libcurl 7.66 or later, and %s has no %s: "
                               "install a newer one (Debian: libcurl4)",
                               LIBRARY, rows[i].name);
        /* All pointers to functions are of one size and form on the systems that have dlsym. */
        memcpy((char *)table + rows[i].offset, &found, sizeof found);
    }
    return FERRY_OK;
}

ferry_status http_curl_load(const http_curl **out, ferry_error *error) {
    static http_curl table; /* once loaded it never changes */
    host_library *library = NULL;
    ferry_error cause;
    if (host_open_library(&library, LIBRARY, &cause) != FERRY_OK)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "frames over HTTP need libcurl: install it (Debian: libcurl4); %s",
                           cause.message);
    ferry_status status = find_all(&table, library, error);
    if (status != FERRY_OK)
        return status;
    if (table.global_init(CURL_GLOBAL_ALL) != CURLE_OK)
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, 0, "libcurl cannot begin");
    *out = &table;
    return FERRY_OK;
}
