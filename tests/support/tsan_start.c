/* Part of every program that is built with ThreadSanitizer.
 *
 * The runtime of clang 14 sets up what it knows of a thread's signals at the thread's first
 * blocking call, and not in one step: a signal that comes just then is noted in a place that is
 * forgotten, and its handler never runs (later versions are mended: SigCtx in
 * tsan_interceptors_posix.cpp). So the first blocking call is made here, before any program catches
 * a signal. Only first threads matter: the others block the signals that are caught. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

__attribute__((constructor)) static void block_once(void) {
    const struct timespec no_time = {.tv_sec = 0};
    nanosleep(&no_time, NULL);
}
