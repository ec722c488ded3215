#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define SECOND_NS UINT64_C(1000000000)

uint64_t system_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static uint64_t ns_of(struct timeval time) {
    return (uint64_t)time.tv_sec * SECOND_NS + (uint64_t)time.tv_usec * 1000;
}

uint64_t system_cpu_ns(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return ns_of(usage.ru_utime) + ns_of(usage.ru_stime);
}

uint64_t system_resident_bytes(void) {
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    if (file == NULL)
        return 0;
    char line[256];
    unsigned long long kib = 0;
    while (fgets(line, sizeof line, file) != NULL && sscanf(line, "Pss: %llu", &kib) != 1) {
    }
    fclose(file);
    return kib * 1024;
}

void system_sleep_until(uint64_t until_ns) {
    struct timespec until = {.tv_sec = (time_t)(until_ns / SECOND_NS),
                             .tv_nsec = (long)(until_ns % SECOND_NS)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

void *system_share(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

uint8_t *system_picture(size_t bytes) {
    enum { PAGE = 4096 };
    uint8_t *picture = aligned_alloc(PAGE, (bytes + PAGE - 1) / PAGE * PAGE);
    if (picture != NULL)
        memset(picture, 0x5a, bytes); /* else all of its pages could be one page of zeros */
    return picture;
}

void system_futex_wait(_Atomic(uint32_t) *word, uint32_t expected) {
    struct timespec slice = {.tv_nsec = BENCH_SLICE_NS};
    syscall(SYS_futex, word, FUTEX_WAIT, expected, &slice, NULL, 0);
}

void system_futex_wake(_Atomic(uint32_t) *word) {
    syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

int system_spawn(void (*run)(void *argument), void *argument) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        run(argument);
        exit(0); /* with what libraries do at the end: iceoryx tells its daemon, which else gives up
                  */
    }
    return child;
}

bool system_wait(const int *children, size_t count, uint64_t limit_ns) {
    enum { PAUSE_NS = 2000000 };
    uint64_t deadline_ns = system_now_ns() + limit_ns;
    bool well = true;
    for (size_t i = 0; i < count; i++) {
        int result = 0;
        if (children[i] <= 0) {
            well = false;
            continue;
        }
        while (waitpid(children[i], &result, WNOHANG) == 0) {
            if (system_now_ns() > deadline_ns)
                kill(children[i], SIGKILL);
            system_sleep_until(system_now_ns() + PAUSE_NS);
        }
        well = well && WIFEXITED(result) && WEXITSTATUS(result) == 0;
    }
    return well;
}

bool system_pin(unsigned index) {
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return false;
    for (unsigned core = 0; core < CPU_SETSIZE; core++) {
        if (!CPU_ISSET(core, &allowed) || index-- > 0)
            continue;
        CPU_ZERO(&one);
        CPU_SET(core, &one);
        return sched_setaffinity(0, sizeof one, &one) == 0;
    }
    return false;
}
