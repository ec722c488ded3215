/* The sizes of the structures that a caller allocates, as a set of public headers has them. */
#ifndef TESTS_ABI_SIZES_H
#define TESTS_ABI_SIZES_H

#include <stddef.h>

typedef struct abi_size {
    const char *type;
    size_t bytes;
} abi_size;

/* End with a type NULL. The same types in the same order. */
extern const abi_size abi_sizes_older[], abi_sizes_now[];

#endif
