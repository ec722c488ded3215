/* The features of the system's kernel that the library needs, and whether they are there. Any
 * thread. */
#ifndef HOST_FACTS_KERNEL_H
#define HOST_FACTS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

typedef enum host_answer { HOST_ANSWER_UNKNOWN, HOST_ANSWER_NO, HOST_ANSWER_YES } host_answer;

/* Where the answer is HOST_ANSWER_UNKNOWN the system has nothing like it, or did not say. */
typedef struct host_kernel_facts {
    char release[96];            /* the system's name and version */
    unsigned major, minor;       /* of Linux; 0: of another system */
    host_answer has_proc;        /* /proc is mounted */
    host_answer shows_locks;     /* /proc/locks can be read */
    host_answer hides_processes; /* other users' processes are not shown in /proc */
    host_answer has_leases;      /* locks that go with an open file: F_OFD_SETLK */
    host_answer has_futex;       /* waiting for a word in memory */
    host_answer can_watch;       /* waiting for a new name in a folder: inotify */
    bool is_out_of_watches;      /* if not: this user has too many of them */
    uint64_t descriptors_most;   /* that this process may have open; UINT64_MAX: no limit */
    uint64_t file_bytes_most;    /* a file's greatest length; UINT64_MAX: no limit */
    bool has_limits;             /* the two before are known */
} host_kernel_facts;

void host_get_kernel_facts(host_kernel_facts *out);

#endif
