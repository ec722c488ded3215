#include "pages.h"

#include <string.h>

#include "page_files.h"

enum MHD_Result pages_send(request *r, const char *name) {
    for (size_t i = 0; i < page_file_count; i++)
        if (strcmp(page_files[i].name, name) == 0)
            return request_send_static(r, page_files[i].type, page_files[i].bytes,
                                       page_files[i].length);
    return request_say(r, MHD_HTTP_NOT_FOUND, "there is no such page");
}
