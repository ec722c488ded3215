/* The files below web/page, as embed.cmake puts them into the program. */
#ifndef WEB_PAGE_FILES_H
#define WEB_PAGE_FILES_H

#include <stddef.h>

typedef struct page_file {
    const char *name;
    const char *type; /* of its content */
    const unsigned char *bytes;
    size_t length;
} page_file;

extern const page_file page_files[];
extern const size_t page_file_count;

#endif
