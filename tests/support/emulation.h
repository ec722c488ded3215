/* What cannot be tested under qemu-user. For after <cmocka.h>. */
#ifndef FERRY_TEST_EMULATION_H
#define FERRY_TEST_EMULATION_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* True under an emulator (the build says so), with the reason printed: the test has to be skipped.
 */
static inline bool test_is_emulated(const char *why) {
    if (getenv("TEST_EMULATED") == NULL)
        return false;
    printf("skipped under an emulator: %s\n", why);
    return true;
}

#define SKIP_EMULATED(why)                                                                         \
    do {                                                                                           \
        if (test_is_emulated(why))                                                                 \
            skip();                                                                                \
    } while (0)

#endif
