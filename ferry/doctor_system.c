/* The kernel, /proc, and limits of a process. */
#include <inttypes.h>

#include "doctor.h"
#include "host/host.h"

static void need(doctor *d, host_answer answer, const char *what, const char *advice) {
    if (answer != HOST_ANSWER_NO)
        return;
    doctor_find(d, DOCTOR_FAIL, "%s", what);
    doctor_advise(d, "%s", advice);
}

static bool is_older(const host_kernel_facts *k, unsigned major, unsigned minor) {
    return k->major != 0 && (k->major < major || (k->major == major && k->minor < minor));
}

void doctor_check_kernel(doctor *d) {
    host_kernel_facts k;
    host_get_kernel_facts(&k);
    bool is_old = is_older(&k, 3, 15);
    if (is_old) {
        doctor_find(d, DOCTOR_FAIL, "%s is too old", k.release);
        doctor_advise(d, "channels need Linux 3.15");
    }
    need(d, k.has_leases, "locks that go with an open file do not work",
         "Linux 3.15 has them (fcntl, F_OFD_SETLK); let the sandbox allow them");
    need(d, k.has_futex, "futex does not work", "let the sandbox allow this system call");
    if (k.can_watch == HOST_ANSWER_NO) {
        doctor_find(d, DOCTOR_WARN,
                    "inotify does not work, so a program that waits looks every 20 ms");
        doctor_advise(d, k.is_out_of_watches ? "this user has too many in use; as root, sysctl "
                                               "fs.inotify.max_user_instances=1024 allows more"
                                             : "let the sandbox allow this system call");
    }
    if (!is_old && k.has_leases != HOST_ANSWER_NO && k.has_futex != HOST_ANSWER_NO)
        doctor_find(d, DOCTOR_OK, "%s has what channels need", k.release);
}

void doctor_check_proc(doctor *d) {
    host_kernel_facts k;
    host_get_kernel_facts(&k);
    if (k.has_proc == HOST_ANSWER_UNKNOWN)
        return;
    if (k.has_proc == HOST_ANSWER_NO) {
        doctor_find(d, DOCTOR_FAIL, "/proc is not mounted, and channels cannot be made without it");
        doctor_advise(d, "as root, mount -t proc proc /proc");
        return;
    }
    if (k.shows_locks == HOST_ANSWER_NO) {
        doctor_find(d, DOCTOR_WARN,
                    "/proc/locks cannot be read, so a program that waits for a channel does not "
                    "learn which channels live");
        doctor_advise(d, "mount /proc without subset=pid, if that matters");
        return;
    }
    doctor_find(d, DOCTOR_OK, "/proc is mounted%s",
                k.hides_processes == HOST_ANSWER_YES
                    ? ", and hides other users' processes, which channels do not mind"
                    : "");
}

/* A program needs some descriptors for each channel. A limit on files holds for shared memory too.
 */
void doctor_check_limits(doctor *d) {
    enum { FEW_DESCRIPTORS = 256 };
    const uint64_t usual_bytes = (uint64_t)FERRY_DEFAULT_SLOTS * FERRY_DEFAULT_SLOT_BYTES;
    host_kernel_facts k;
    host_get_kernel_facts(&k);
    if (!k.has_limits)
        return;
    bool is_low = k.descriptors_most < FEW_DESCRIPTORS;
    if (is_low) {
        doctor_find(d, DOCTOR_WARN, "a program may have only %" PRIu64 " files open",
                    k.descriptors_most);
        doctor_advise(d, "a handle of a channel takes up to 8; ulimit -n 1024 allows more");
    }
    if (k.file_bytes_most <= usual_bytes) {
        char most[DOCTOR_SIZE_BYTES], usual[DOCTOR_SIZE_BYTES];
        is_low = true;
        doctor_find(d, DOCTOR_WARN,
                    "a file may be no longer than %s, which holds for shared memory too",
                    doctor_size(most, k.file_bytes_most));
        doctor_advise(d,
                      "a channel of %d usual slots has %s; ulimit -f unlimited takes the limit "
                      "away, --slots makes the channel smaller",
                      FERRY_DEFAULT_SLOTS, doctor_size(usual, usual_bytes));
    }
    if (!is_low)
        doctor_find(d, DOCTOR_OK, "limits on open files and on their length are high enough");
}
