/* Source: uname(2), proc(5), fcntl(2), futex(2), inotify(7), memfd_create(2), getrlimit(2). */
#define _GNU_SOURCE
#include "host/facts_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "host/linux/mountinfo.h"

static host_answer answer(bool yes) {
    return yes ? HOST_ANSWER_YES : HOST_ANSWER_NO;
}

static void look_at_release(host_kernel_facts *out) {
    struct utsname name;
    if (uname(&name) != 0)
        return;
    snprintf(out->release, sizeof out->release, "%.30s %.60s", name.sysname, name.release);
    if (sscanf(name.release, "%u.%u", &out->major, &out->minor) != 2)
        out->major = out->minor = 0;
}

static void look_at_proc(host_kernel_facts *out) {
    struct statfs about;
    host_mount mount;
    char hidden[32] = "0";
    bool is_there = statfs("/proc", &about) == 0 && about.f_type == PROC_SUPER_MAGIC &&
                    access("/proc/self/fd", X_OK) == 0;
    out->has_proc = answer(is_there);
    if (!is_there)
        return;
    out->shows_locks = answer(access("/proc/locks", R_OK) == 0);
    if (!host_mountinfo_find(&mount, "/proc/self/mountinfo", "/proc"))
        return;
    host_mountinfo_has(mount.settings, "hidepid=", hidden, sizeof hidden);
    out->hides_processes = answer(strcmp(hidden, "0") != 0 && strcmp(hidden, "off") != 0);
}

/* On a file that no other process can see. */
static host_answer try_lease(void) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    int descriptor = memfd_create("lease", MFD_CLOEXEC);
    if (descriptor < 0)
        return HOST_ANSWER_UNKNOWN;
    host_answer result = answer(fcntl(descriptor, F_OFD_SETLK, &whole) == 0);
    close(descriptor);
    return result;
}

/* Wakes nobody. */
static host_answer try_futex(void) {
    _Atomic uint32_t word = 0;
    return answer(syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
}

static void try_watch(host_kernel_facts *out) {
    int descriptor = inotify_init1(IN_CLOEXEC);
    out->can_watch = answer(descriptor >= 0);
    out->is_out_of_watches = descriptor < 0 && errno == EMFILE;
    if (descriptor >= 0)
        close(descriptor);
}

static bool get_limit(int resource, uint64_t *out) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return false;
    *out = limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : (uint64_t)limit.rlim_cur;
    return true;
}

void host_get_kernel_facts(host_kernel_facts *out) {
    *out = (host_kernel_facts){.release = ""};
    look_at_release(out);
    look_at_proc(out);
    out->has_leases = try_lease();
    out->has_futex = try_futex();
    try_watch(out);
    out->has_limits = get_limit(RLIMIT_NOFILE, &out->descriptors_most) &&
                      get_limit(RLIMIT_FSIZE, &out->file_bytes_most);
}
