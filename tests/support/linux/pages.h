/* Whole pages of memory for tests, on POSIX. */
#ifndef FERRY_TEST_PAGES_H
#define FERRY_TEST_PAGES_H

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the memory of a picture begins on a multiple of. */
enum { PICTURE_ALIGNMENT = 64 };

/* From the heap, and of exactly that size, so that AddressSanitizer sees a step outside. */
static inline uint8_t *new_pages(size_t bytes) {
    return aligned_alloc((size_t)sysconf(_SC_PAGESIZE), bytes);
}

static inline void free_pages(uint8_t *pages) {
    free(pages);
}

/* The end of a page behind which nothing can be read. */
static inline uint8_t *end_before_a_gap(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
        return NULL;
    return pages + page;
}

#endif
