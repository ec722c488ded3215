/* What the shimmed files call instead of the system, and of the functions that touch plain shared
 * memory: see shim.h. The clock goes on only while all actors sleep. */
#include "system.h"

#include <linux/futex.h>
#include <stdlib.h>

#include <frameferry/clock.h>

#include "channel/info.h"
#include "channel/layout.h"
#include "platform/clock.h"
#include "platform/lock.h"

static uint64_t now_ns;

/* ---- clock.h ---- */

void system_begin(void) {
    now_ns = (uint64_t)FERRY_SECOND_NS;
}

void system_pass_time(int64_t time_ns) {
    now_ns += (uint64_t)time_ns;
}

uint64_t ferry_clock_ns(void) {
    return now_ns++;
}

void ferryi_clock_pause(int64_t pause_ns) {
    now_ns += (uint64_t)pause_ns;
    weak_yield();
}

int64_t ferryi_clock_wall_offset_ns(void) {
    return 0;
}

/* ---- lock.h ---- */

struct ferryi_lock {
    bool taken;
};

ferryi_lock *ferryi_lock_new(void) {
    return calloc(1, sizeof(ferryi_lock));
}

void ferryi_lock_free(ferryi_lock *lock) {
    free(lock);
}

void ferryi_lock_take(ferryi_lock *lock) {
    while (lock->taken)
        weak_yield();
    lock->taken = true;
    weak_take_over(lock);
}

void ferryi_lock_give(ferryi_lock *lock) {
    weak_hand_over(lock);
    lock->taken = false;
}

/* ---- the futex: the kernel's look at the word, and falling asleep, are one step ---- */

long weak_futex(const volatile void *word, int operation, uint32_t value, const void *timeout) {
    (void)timeout; /* sleeps end when all sleep */
    weak_pause();
    if (operation == FUTEX_WAKE)
        weak_wake(word);
    else if (*(const volatile uint32_t *)word == value)
        weak_sleep(word);
    return 0;
}

/* ---- plain shared memory ---- */

/* Of each part of a descriptor the fields that the actors fill in. The others would only make each
 * execution longer, and what is rare would not be met any more. */
enum {
    SHAPE = offsetof(ferryi_descriptor, format),
    SHAPE_END = offsetof(ferryi_descriptor, color_primaries),
    REST = offsetof(ferryi_descriptor, sequence),
    REST_END = offsetof(ferryi_descriptor, metadata) + 8
};

/* Part of a descriptor, to or from one's own. */
static void copy_part(void *to, const void *from, size_t begin, size_t end) {
    weak_copy((uint8_t *)to + begin, (const uint8_t *)from + begin, end - begin);
}

void weak_shape_write(const ferry_frame_info *info, ferryi_header *header,
                      ferryi_descriptor *descriptor) {
    ferryi_header own_header;
    ferryi_descriptor own = {0};
    ferryi_info_write_shape(info, &own_header, &own);
    weak_copy(header, &own_header, sizeof own_header);
    copy_part(descriptor, &own, SHAPE, SHAPE_END);
}

void weak_rest_write(const ferry_frame_info *info, ferryi_descriptor *descriptor) {
    ferryi_descriptor own = {0};
    ferryi_info_write_rest(info, &own);
    copy_part(descriptor, &own, REST, REST_END);
}

void weak_info_write(const ferry_frame_info *info, ferryi_header *header,
                     ferryi_descriptor *descriptor) {
    weak_shape_write(info, header, descriptor);
    weak_rest_write(info, descriptor);
}

ferry_status weak_shape_read(ferry_frame_info *out, const ferryi_header *header,
                             const ferryi_descriptor *descriptor, uint64_t capacity_bytes) {
    ferryi_header own_header;
    ferryi_descriptor own = {0};
    weak_copy(&own_header, header, sizeof own_header);
    copy_part(&own, descriptor, SHAPE, SHAPE_END);
    return ferryi_info_read_shape(out, &own_header, &own, capacity_bytes);
}

ferry_status weak_rest_read(ferry_frame_info *out, const ferryi_descriptor *descriptor) {
    ferryi_descriptor own = {0};
    copy_part(&own, descriptor, REST, REST_END);
    return ferryi_info_read_rest(out, &own);
}

ferry_status weak_info_read(ferry_frame_info *out, const ferryi_header *header,
                            const ferryi_descriptor *descriptor, uint64_t capacity_bytes) {
    ferry_status status = weak_shape_read(out, header, descriptor, capacity_bytes);
    return status == FERRY_OK ? weak_rest_read(out, descriptor) : status;
}
