/* The memory objects, leases, guard and signal events of platform/, for channels whose two ends are
 * threads of one process, or actors of the weak machine: each object is there once, and whoever
 * opens it gets the same mapping. What looks at addresses, as ThreadSanitizer does, then sees that
 * both ends touch the same memory. Link one_mapping.c before the library.
 *
 * Like the real ones in what the channel needs of them, but nobody dies: a lease is dropped only by
 * its holder. Access is not checked, and an object cannot be extended. */
#ifndef FERRY_TEST_ONE_MAPPING_H
#define FERRY_TEST_ONE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

/* Called when they are not NULL, with the table locked, but for the last one. */
typedef struct one_mapping_hooks {
    void (*made)(void *base, size_t bytes); /* an object is there */
    void (*hands_over)(const void *object); /* a lease is taken or dropped ... */
    void (*takes_over)(const void *object); /* ... taken or looked at */
    bool keeps; /* memory of ended objects stays, so that no address is used twice, until swept */
    void (*gives_back)(void *start, size_t bytes); /* pages; NULL: they cannot be given back */
} one_mapping_hooks;

extern one_mapping_hooks one_mapping;

/* How many objects have a name or a user. */
int one_mapping_count(void);
void one_mapping_sweep(void);

#endif
