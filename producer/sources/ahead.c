/* A thread that works ahead of the main thread, with a ring of images between the two. Images are
 * handed over by exchanging them, pixels and all, with the one that the main thread comes with. */
#include "sources/source.h"

#include <stdlib.h>

#include "host/host.h"
#include "host/inside.h"

#define RING_SIZE 3u
/* At most this many bytes are kept ready, but at least one picture. */
#define READY_BYTES ((uint64_t)256 << 20)

typedef struct ahead {
    source base;
    source *from;
    uint64_t count; /* frames to make; 0: all */
    ferryi_lock *mutex;
    ferryi_condition *changed; /* a frame has become ready, or room, or it is over */
    ferryi_thread *thread;     /* for the main thread; NULL before it begins */
    bool is_alone;             /* the thread could not be started */

    /* With the mutex, but for the image behind the ready ones, which is the thread's alone. */
    ferry_image images[RING_SIZE];
    unsigned first; /* the oldest that is ready */
    unsigned ready;
    uint64_t largest_bytes; /* of all pictures so far */
    bool is_over;           /* the thread makes no more frames */
    bool is_closing;        /* no frame is wanted any more */
} ahead;

/* Whether the thread may begin a picture, which may be as large as the largest one so far. */
static bool has_room(const ahead *a) {
    return a->ready == 0 ||
           (a->ready < RING_SIZE && (a->ready + 1) * a->largest_bytes <= READY_BYTES);
}

/* Waits for room and returns an image to fill; NULL: no more is wanted. */
static ferry_image *take_room(ahead *a) {
    ferryi_lock_take(a->mutex);
    while (!a->is_closing && !has_room(a))
        ferryi_condition_wait(a->changed, a->mutex);
    ferry_image *image = a->is_closing ? NULL : &a->images[(a->first + a->ready) % RING_SIZE];
    ferryi_lock_give(a->mutex);
    return image;
}

static void put_ready(ahead *a, const ferry_image *made) {
    ferryi_lock_take(a->mutex);
    if (made->capacity_bytes > a->largest_bytes)
        a->largest_bytes = made->capacity_bytes;
    a->ready++;
    ferryi_condition_signal(a->changed);
    ferryi_lock_give(a->mutex);
}

static void work(void *argument) {
    ahead *a = argument;
    for (uint64_t made = 0; a->count == 0 || made < a->count; made++) {
        ferry_image *image = take_room(a);
        if (image == NULL || host_stop_count() > 0 || !a->from->next(a->from, image))
            break;
        put_ready(a, image);
    }
    ferryi_lock_take(a->mutex);
    a->is_over = true;
    ferryi_condition_signal(a->changed);
    ferryi_lock_give(a->mutex);
}

/* Returns whether there is a thread; without one, frames are made when they are asked for. */
static bool begin(ahead *a) {
    if (a->thread == NULL && !a->is_alone)
        a->is_alone = ferryi_thread_start(&a->thread, work, a, NULL) != FERRY_OK;
    return !a->is_alone;
}

static bool ahead_await(source *self, uint64_t deadline_ns) {
    ahead *a = (ahead *)self;
    if (!begin(a))
        return true;
    ferryi_lock_take(a->mutex);
    bool in_time = true;
    while (a->ready == 0 && !a->is_over && in_time)
        in_time = ferryi_condition_wait_until(a->changed, a->mutex, deadline_ns);
    bool answer = a->ready > 0 || a->is_over;
    ferryi_lock_give(a->mutex);
    return answer;
}

/* Exchanges the oldest frame that is ready for the caller's image. */
static void hand_over(ahead *a, ferry_image *into) {
    ferry_image spare = *into;
    if (a->largest_bytes > READY_BYTES / RING_SIZE)
        ferry_image_free(&spare); /* else each image of the ring would keep as much */
    *into = a->images[a->first];
    a->images[a->first] = spare;
    a->first = (a->first + 1) % RING_SIZE;
    a->ready--;
    ferryi_condition_signal(a->changed);
}

static bool ahead_next(source *self, ferry_image *into) {
    ahead *a = (ahead *)self;
    bool made = false;
    if (!begin(a)) {
        made = a->from->next(a->from, into);
        a->base.is_broken = a->from->is_broken;
        return made;
    }
    ferryi_lock_take(a->mutex);
    while (a->ready == 0 && !a->is_over)
        ferryi_condition_wait(a->changed, a->mutex);
    made = a->ready > 0;
    if (made)
        hand_over(a, into);
    else
        a->base.is_broken = a->from->is_broken;
    ferryi_lock_give(a->mutex);
    return made;
}

static void ahead_close(source *self) {
    ahead *a = (ahead *)self;
    if (a->thread != NULL) {
        ferryi_lock_take(a->mutex);
        a->is_closing = true;
        ferryi_condition_signal(a->changed);
        ferryi_lock_give(a->mutex);
        if (a->from->interrupt != NULL)
            a->from->interrupt(a->from);
        ferryi_thread_join(&a->thread);
    }
    a->from->close(a->from);
    for (unsigned i = 0; i < RING_SIZE; i++)
        ferry_image_free(&a->images[i]);
    ferryi_condition_free(a->changed);
    ferryi_lock_free(a->mutex);
    free(a);
}

source *source_work_ahead(source *from, uint64_t count) {
    ahead *a = calloc(1, sizeof *a);
    if (a == NULL) {
        from->close(from);
        return NULL;
    }
    a->base = source_like(from);
    a->base.next = ahead_next;
    a->base.await = ahead_await;
    a->base.close = ahead_close;
    a->from = from;
    a->count = count;
    a->mutex = ferryi_lock_new();
    a->changed = ferryi_condition_new();
    if (a->mutex != NULL && a->changed != NULL)
        return &a->base;
    ahead_close(&a->base);
    return NULL;
}
