#define _GNU_SOURCE /* nanosleep */
#include "peer_system.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

void peer_begin(void (*on_end)(int number)) {
    struct sigaction action = {.sa_handler = on_end}; /* no SA_RESTART: reading ends too */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigaction(SIGTERM, &action, NULL);
}

void peer_pause_us(unsigned long us) {
    struct timespec pause = {.tv_sec = (time_t)(us / 1000000),
                             .tv_nsec = (long)(us % 1000000) * 1000};
    if (us != 0)
        nanosleep(&pause, NULL);
}

void peer_stop(const char *point) {
    (void)point;
    kill(getpid(), SIGSTOP); /* all threads */
}

int peer_has_names(const char *channel) {
    (void)channel;
    return 0;
}
