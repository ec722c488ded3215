/* Whole pages of memory for tests, on Windows. */
#ifndef FERRY_TEST_PAGES_H
#define FERRY_TEST_PAGES_H

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

/* What the memory of a picture begins on a multiple of: malloc's. */
enum { PICTURE_ALIGNMENT = 16 };

static inline uint8_t *new_pages(size_t bytes) {
    enum { PAGE = 4096 };
    return _aligned_malloc(bytes, PAGE);
}

static inline void free_pages(uint8_t *pages) {
    _aligned_free(pages);
}

/* The end of a page behind which nothing can be read. */
static inline uint8_t *end_before_a_gap(void) {
    enum { PAGE = 4096 };
    uint8_t *pages = VirtualAlloc(NULL, 2 * PAGE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    DWORD before;
    if (pages == NULL || !VirtualProtect(pages + PAGE, PAGE, PAGE_NOACCESS, &before))
        return NULL;
    return pages + PAGE;
}

#endif
