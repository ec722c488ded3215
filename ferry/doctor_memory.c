/* The memory that channels take, and may come to take. */
#include <inttypes.h>

#include "doctor.h"
#include "host/host.h"

#define MIB (UINT64_C(1) << 20)

/* ---- the folder of the objects ---- */

static bool is_usable(doctor *d, const host_memory_facts *m) {
    doctor_level level = DOCTOR_FAIL;
    if (!m->is_there) {
        doctor_find(d, level, "there is no %s", m->place);
        doctor_advise(d, "as root, mkdir -m 1777 %s; mount -t tmpfs -o mode=1777 tmpfs %s",
                      m->place, m->place);
    } else if (m->is_read_only) {
        doctor_find(d, level, "%s is read-only", m->place);
        doctor_advise(d,
                      "as root, mount -o remount,rw %s; a container has to be given one that "
                      "can be written",
                      m->place);
    } else if (!m->may_write) {
        doctor_find(d, level, "this user may not write in %s", m->place);
        doctor_advise(d, "as root, chmod 1777 %s", m->place);
    } else if (!m->has_names_left) {
        doctor_find(d, level, "%s has no room for one more file", m->place);
        doctor_advise(d, "remove files there, or, as root, mount -o remount,nr_inodes=0 %s",
                      m->place);
    } else if (!m->has_unnamed) {
        doctor_find(d, level,
                    "in %s no file can be made that has no name yet (O_TMPFILE, error %u)",
                    m->place, m->unnamed_error);
        doctor_advise(d, "mount a tmpfs there, on Linux 3.11 or newer");
    } else {
        return true;
    }
    return false;
}

void doctor_check_memory(doctor *d) {
    host_memory_facts m;
    if (!host_get_memory_facts(&m) || !is_usable(d, &m))
        return;
    if (m.is_in_memory) {
        doctor_find(d, DOCTOR_OK, "%s is a tmpfs in which this user can make channels%s", m.place,
                    host_has_own_memory()
                        ? "; it is this container's own, and programs outside have other channels"
                        : "");
        return;
    }
    doctor_find(d, DOCTOR_WARN, "%s is no tmpfs, so frames may be written to a disk", m.place);
    doctor_advise(d, "as root, mount -t tmpfs -o mode=1777 tmpfs %s", m.place);
}

/* ---- room ---- */

typedef struct needs {
    uint64_t likely_bytes; /* more than now, with frames as they are */
    uint64_t most_bytes;   /* more than now, with the largest frames */
    size_t channels;
} needs;

static uint64_t more_than(uint64_t bytes, uint64_t now) {
    return bytes > now ? bytes - now : 0;
}

static needs add_up(const doctor *d) {
    needs n = {.channels = 0};
    for (size_t i = 0; i < d->channel_count; i++) {
        const doctor_channel *c = &d->channels[i];
        if (!c->has_producer)
            continue;
        n.channels++;
        n.likely_bytes += more_than(c->likely_bytes, c->memory_bytes);
        n.most_bytes += more_than(c->most_bytes, c->memory_bytes);
    }
    return n;
}

/* A size for mount and for container engines that is easy to read. */
static uint64_t round_up(uint64_t bytes) {
    uint64_t size = 64 * MIB;
    while (size < bytes && size < UINT64_MAX / 2)
        size *= 2;
    return size;
}

static void advise_size(doctor *d, const host_memory_facts *m, uint64_t bytes) {
    uint64_t size = round_up(bytes) / MIB;
    doctor_advise(d,
                  "as root, mount -o remount,size=%" PRIu64
                  "M %s; for a container, --shm-size=%" PRIu64
                  "m or --ipc=host. Fewer and smaller slots (--slots, --capacity) take less",
                  size, m->place, size);
}

/* Compares the free memory with the most that channels can come to need, which they do while their
 * consumers lag behind. */
void doctor_check_room(doctor *d) {
    enum { SMALL_MIB = 128 };
    char left[DOCTOR_SIZE_BYTES], total[DOCTOR_SIZE_BYTES], more[DOCTOR_SIZE_BYTES],
        most[DOCTOR_SIZE_BYTES];
    host_memory_facts m;
    if (!host_get_memory_facts(&m) || !m.is_there)
        return;
    if (!m.has_bound) {
        doctor_find(d, DOCTOR_OK, "%s has no bound of its own", m.place);
        return;
    }
    needs n = add_up(d);
    doctor_size(left, m.free_bytes);
    doctor_size(total, m.total_bytes);
    doctor_size(more, n.likely_bytes);
    doctor_size(most, n.most_bytes);
    if (n.most_bytes > m.free_bytes) {
        bool is_likely = n.likely_bytes > m.free_bytes;
        doctor_find(d, DOCTOR_WARN,
                    "%s has %s left of %s, and %zu channel%s may come to need %s more%s%s%s",
                    m.place, left, total, n.channels, n.channels == 1 ? "" : "s",
                    is_likely ? more : most, is_likely ? "" : " (with frames as large as now, ",
                    is_likely ? "" : more, is_likely ? "" : ")");
        advise_size(d, &m, m.total_bytes + n.most_bytes - m.free_bytes);
    } else if (m.total_bytes < SMALL_MIB * MIB) {
        doctor_find(d, DOCTOR_WARN, "%s has %s in all, and a channel of large frames takes more",
                    m.place, total);
        advise_size(d, &m, 4 * SMALL_MIB * MIB);
    } else {
        doctor_find(d, DOCTOR_OK, "%s has %s left of %s; channels may come to need %s of it",
                    m.place, left, total, most);
    }
}

/* ---- the group of processes ---- */

void doctor_check_cgroup(doctor *d) {
    char limit[DOCTOR_SIZE_BYTES], left[DOCTOR_SIZE_BYTES], most[DOCTOR_SIZE_BYTES];
    host_memory_limit l;
    if (!host_get_memory_limit(&l))
        return;
    needs n = add_up(d);
    uint64_t free_bytes = more_than(l.limit_bytes, l.used_bytes);
    doctor_size(limit, l.limit_bytes);
    doctor_size(left, free_bytes);
    doctor_size(most, n.most_bytes);
    if (n.most_bytes <= free_bytes) {
        doctor_find(d, DOCTOR_OK, "the memory cgroup has %s left of its limit, %s", left, limit);
        return;
    }
    doctor_find(
        d, DOCTOR_WARN,
        "the memory cgroup has %s left of its limit, %s (%s), and channels may come to need "
        "%s more; the kernel kills processes at the limit",
        left, limit, l.group, most);
    doctor_advise(d,
                  "raise it (MemoryMax= of the service, --memory of the container), or use fewer "
                  "and smaller slots (--slots, --capacity)");
}
