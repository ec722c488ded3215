/* Which sanitizer the tests are built with: gcc defines a macro, clang has a feature. */
#ifndef FERRY_TEST_SANITIZER_H
#define FERRY_TEST_SANITIZER_H

#ifndef __has_feature
#define __has_feature(name) 0
#endif

#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define UNDER_THREAD_SANITIZER 1
#else
#define UNDER_THREAD_SANITIZER 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER 1
#else
#define UNDER_ADDRESS_SANITIZER 0
#endif

/* Leaves a test of cmocka's out, and says why. */
#define SKIP_SANITIZED(is_under, why)                                                              \
    do {                                                                                           \
        if (is_under) {                                                                            \
            print_message("skipped under this sanitizer: %s\n", why);                              \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* ThreadSanitizer looks at memory before an access to it, outside of what our handler can mend. */
#define SKIP_MENDED_FAULTS()                                                                       \
    SKIP_SANITIZED(UNDER_THREAD_SANITIZER,                                                         \
                   "atomic accesses that fault cannot be handled under ThreadSanitizer")

#endif
