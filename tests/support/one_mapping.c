#include "one_mapping.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "platform/guard.h"
#include "platform/lease.h"
#include "platform/signal_event.h"
#include "support/error.h"

enum { OBJECTS = 32, NAME_BYTES = 128 };

typedef struct object {
    uint8_t *base; /* NULL: none */
    uint64_t bytes;
    char name[NAME_BYTES]; /* "": none */
    int handles;
    const ferryi_leases *holder[FERRYI_LEASES];
} object;

/* What a ferryi_leases has: the system's own struct is elsewhere. */
struct ferryi_holder {
    object *of;
};

one_mapping_hooks one_mapping;

static object objects[OBJECTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static object *object_of(const ferryi_shm *shm) {
    return &objects[shm->handle];
}

static object *find(const char *name) {
    for (int i = 0; i < OBJECTS; i++)
        if (objects[i].base != NULL && strcmp(objects[i].name, name) == 0)
            return &objects[i];
    return NULL;
}

static void hand_out(ferryi_shm *out, object *o) {
    o->handles++;
    *out = (ferryi_shm){
        .base = o->base, .size_bytes = o->bytes, .handle = o - objects, .name = out->name};
}

static void end_if_unused(object *o) {
    if (o->handles > 0 || o->name[0] != '\0' || one_mapping.keeps)
        return;
    free(o->base);
    *o = (object){0};
}

int one_mapping_count(void) {
    int count = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < OBJECTS; i++)
        count += objects[i].handles > 0 || objects[i].name[0] != '\0';
    pthread_mutex_unlock(&lock);
    return count;
}

void one_mapping_sweep(void) {
    bool keeps = one_mapping.keeps;
    pthread_mutex_lock(&lock);
    one_mapping.keeps = false;
    for (int i = 0; i < OBJECTS; i++)
        if (objects[i].base != NULL)
            end_if_unused(&objects[i]);
    one_mapping.keeps = keeps;
    pthread_mutex_unlock(&lock);
}

/* ---- shm.h ---- */

bool ferryi_shm_has_sessions(void) {
    return false;
}

ferry_status ferryi_shm_create(ferryi_shm *out, const char *name, uint64_t size_bytes,
                               ferry_error *error) {
    out->name = name;
    ferry_status status = FERRY_NO_MEMORY;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < OBJECTS && status != FERRY_OK; i++) {
        if (objects[i].base != NULL)
            continue;
        objects[i] = (object){.base = calloc(1, size_bytes), .bytes = size_bytes};
        if (objects[i].base == NULL)
            break;
        hand_out(out, &objects[i]);
        if (one_mapping.made != NULL)
            one_mapping.made(out->base, size_bytes);
        status = FERRY_OK;
    }
    pthread_mutex_unlock(&lock);
    return status == FERRY_OK ? status : ferryi_fail(error, status, 0, "no room for an object");
}

ferry_status ferryi_shm_publish(ferryi_shm *shm, const ferryi_sharing *sharing,
                                unsigned others_write, ferry_error *error) {
    (void)sharing;
    (void)others_write;
    pthread_mutex_lock(&lock);
    bool is_free = find(shm->name) == NULL;
    if (is_free)
        strncpy(object_of(shm)->name, shm->name, NAME_BYTES - 1);
    pthread_mutex_unlock(&lock);
    return is_free ? FERRY_OK : ferryi_fail(error, FERRY_BUSY, 0, "%s is taken", shm->name);
}

ferry_status ferryi_shm_share(const ferryi_shm *shm, const ferryi_sharing *sharing,
                              unsigned others_write, ferry_error *error) {
    (void)shm;
    (void)sharing;
    (void)others_write;
    (void)error;
    return FERRY_OK;
}

ferry_status ferryi_shm_open(ferryi_shm *out, const char *name, ferryi_shm_access access,
                             const ferryi_sharing *sharing, ferry_error *error) {
    (void)access;
    (void)sharing;
    out->name = name;
    pthread_mutex_lock(&lock);
    object *o = find(name);
    if (o != NULL)
        hand_out(out, o);
    pthread_mutex_unlock(&lock);
    return o != NULL ? FERRY_OK : ferryi_fail(error, FERRY_NO_PRODUCER, 0, "there is no %s", name);
}

uint64_t ferryi_shm_end(const ferryi_shm *shm) {
    return shm->size_bytes;
}

uint64_t ferryi_shm_memory(const ferryi_shm *shm) {
    return shm->size_bytes;
}

ferry_status ferryi_shm_extend(ferryi_shm *shm, uint64_t size_bytes, ferry_error *error) {
    (void)shm;
    (void)size_bytes;
    return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0, "objects of this test cannot be extended");
}

ferry_status ferryi_shm_reserve(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes,
                                ferry_error *error) {
    (void)shm;
    (void)offset_bytes;
    (void)bytes;
    (void)error;
    return FERRY_OK; /* it is there already */
}

bool ferryi_shm_give_back(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes) {
    if (one_mapping.gives_back == NULL)
        return false;
    one_mapping.gives_back(shm->base + offset_bytes, bytes);
    return true;
}

bool ferryi_shm_is_backed(const ferryi_shm *shm, uint64_t offset_bytes, uint64_t bytes) {
    (void)shm;
    (void)offset_bytes;
    (void)bytes;
    return true;
}

bool ferryi_shm_read(const ferryi_shm *shm, uint64_t offset_bytes, void *out, uint64_t bytes) {
    memcpy(out, shm->base + offset_bytes, (size_t)bytes);
    return true;
}

void ferryi_shm_no_dump(const ferryi_shm *shm) {
    (void)shm;
}

void ferryi_shm_let_name_go(ferryi_shm *shm) {
    (void)shm;
}

ferryi_standing ferryi_shm_standing(const ferryi_shm *shm) {
    pthread_mutex_lock(&lock);
    const object *has = find(shm->name);
    pthread_mutex_unlock(&lock);
    return has == NULL             ? FERRYI_NAME_GONE
           : has == object_of(shm) ? FERRYI_NAME_STANDS
                                   : FERRYI_NAME_TAKEN;
}

bool ferryi_shm_has_name(const ferryi_shm *shm) {
    return ferryi_shm_standing(shm) == FERRYI_NAME_STANDS;
}

bool ferryi_shm_name_again(const ferryi_shm *shm) {
    (void)shm;
    return false;
}

bool ferryi_shm_remove_name(ferryi_shm *shm) {
    pthread_mutex_lock(&lock);
    object *o = find(shm->name);
    if (o != NULL) {
        o->name[0] = '\0';
        end_if_unused(o);
    }
    pthread_mutex_unlock(&lock);
    return true;
}

bool ferryi_shm_look(ferryi_shm_sight *out, const char *name) {
    (void)out;
    (void)name;
    return false; /* all are one user's */
}

const char *ferryi_shm_tell_freeing(void) {
    return "";
}

bool ferryi_shm_tell_removal(char *out, size_t out_bytes, const char *frames, const char *consumers,
                             const char *event) {
    (void)frames;
    (void)consumers;
    (void)event;
    if (out_bytes > 0)
        out[0] = '\0';
    return false;
}

void ferryi_shm_close(ferryi_shm *shm) {
    if (shm->base == NULL)
        return;
    pthread_mutex_lock(&lock);
    object *o = object_of(shm);
    o->handles--;
    end_if_unused(o);
    pthread_mutex_unlock(&lock);
    shm->base = NULL;
    shm->size_bytes = 0;
    shm->handle = -1;
}

/* ---- lease.h ---- */

ferry_status ferryi_leases_check(const ferryi_shm *shm, ferry_error *error) {
    (void)shm;
    (void)error;
    return FERRY_OK;
}

ferry_status ferryi_leases_open(ferryi_leases *out, const ferryi_shm *shm, ferry_error *error) {
    struct ferryi_holder *holder = malloc(sizeof *holder);
    if (holder == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    pthread_mutex_lock(&lock);
    holder->of = object_of(shm);
    holder->of->handles++;
    pthread_mutex_unlock(&lock);
    out->holder = holder;
    return FERRY_OK;
}

bool ferryi_lease_take(const ferryi_leases *leases, unsigned index) {
    pthread_mutex_lock(&lock);
    object *o = leases->holder->of;
    bool is_free = o->holder[index] == NULL;
    if (is_free)
        o->holder[index] = leases;
    if (one_mapping.takes_over != NULL)
        one_mapping.takes_over(&o->holder[index]);
    if (is_free && one_mapping.hands_over != NULL)
        one_mapping.hands_over(&o->holder[index]);
    pthread_mutex_unlock(&lock);
    return is_free;
}

static void drop(object *o, const ferryi_leases *leases, unsigned index) {
    if (o->holder[index] != leases)
        return;
    if (one_mapping.hands_over != NULL)
        one_mapping.hands_over(&o->holder[index]);
    o->holder[index] = NULL;
}

void ferryi_lease_drop(const ferryi_leases *leases, unsigned index) {
    pthread_mutex_lock(&lock);
    drop(leases->holder->of, leases, index);
    pthread_mutex_unlock(&lock);
}

bool ferryi_lease_is_held(const ferryi_shm *shm, unsigned index) {
    pthread_mutex_lock(&lock);
    object *o = object_of(shm);
    if (one_mapping.takes_over != NULL)
        one_mapping.takes_over(&o->holder[index]);
    bool held = o->holder[index] != NULL;
    pthread_mutex_unlock(&lock);
    return held;
}

bool ferryi_leases_alone(const ferryi_leases *leases) {
    pthread_mutex_lock(&lock);
    bool alone = leases->holder->of->handles == 1;
    pthread_mutex_unlock(&lock);
    return alone;
}

void ferryi_leases_close(ferryi_leases *leases) {
    if (leases->holder == NULL)
        return;
    pthread_mutex_lock(&lock);
    object *o = leases->holder->of;
    for (unsigned i = 0; i < FERRYI_LEASES; i++)
        drop(o, leases, i);
    o->handles--;
    end_if_unused(o);
    pthread_mutex_unlock(&lock);
    free(leases->holder);
    leases->holder = NULL;
}

/* ---- guard.h ---- */

void ferryi_guard_watch(ferryi_shm *shm, ferryi_shm_access access, atomic_bool *hit) {
    (void)shm;
    (void)access;
    (void)hit;
}

void ferryi_guard_unwatch(ferryi_shm *shm) {
    (void)shm;
}

/* ---- the watch, and signal_event.h: nobody waits for a name here, or knows only the dialect ----
 */

struct ferryi_signal_event {
    atomic_bool set;
};

void ferryi_shm_watch_open(ferryi_shm_watch *watch) {
    watch->handle = -1;
}

void ferryi_shm_watch_wait(ferryi_shm_watch *watch, int64_t timeout_ns) {
    (void)watch;
    (void)timeout_ns;
}

void ferryi_shm_watch_close(ferryi_shm_watch *watch) {
    (void)watch;
}

ferry_status ferryi_signal_event_create(ferryi_signal_event **out, const char *name,
                                        const ferryi_sharing *sharing, bool *created,
                                        atomic_bool *lost, ferry_error *error) {
    (void)name;
    (void)sharing;
    (void)lost;
    *created = true;
    *out = calloc(1, sizeof **out);
    return *out != NULL ? FERRY_OK : ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
}

ferry_status ferryi_signal_event_open(ferryi_signal_event **out, const char *name,
                                      const ferryi_sharing *sharing, atomic_bool *lost,
                                      ferry_error *error) {
    (void)out;
    (void)sharing;
    (void)lost;
    return ferryi_fail(error, FERRY_NO_PRODUCER, 0, "there is no event %s", name);
}

ferry_status ferryi_signal_event_share(const ferryi_signal_event *event,
                                       const ferryi_sharing *sharing, ferry_error *error) {
    (void)event;
    (void)sharing;
    (void)error;
    return FERRY_OK;
}

void ferryi_signal_event_set(ferryi_signal_event *event) {
    atomic_store_explicit(&event->set, true, memory_order_relaxed);
}

bool ferryi_signal_event_is_set(ferryi_signal_event *event) {
    return atomic_load_explicit(&event->set, memory_order_relaxed);
}

bool ferryi_signal_event_wait(ferryi_signal_event *event, int64_t timeout_ns) {
    (void)timeout_ns;
    return atomic_exchange_explicit(&event->set, false, memory_order_relaxed);
}

uint32_t ferryi_signal_event_take_all(ferryi_signal_event *event) {
    return ferryi_signal_event_wait(event, 0);
}

void ferryi_signal_event_close(ferryi_signal_event **event) {
    free(*event);
    *event = NULL;
}

ferryi_standing ferryi_signal_event_standing(const ferryi_signal_event *event, const char *name) {
    (void)event;
    (void)name;
    return FERRYI_NAME_STANDS;
}

bool ferryi_signal_event_name_again(const ferryi_signal_event *event, const char *name) {
    (void)event;
    (void)name;
    return false;
}

bool ferryi_signal_event_is_ours(const ferryi_signal_event *event) {
    (void)event;
    return true;
}

void ferryi_signal_event_remove_this(const ferryi_signal_event *event, const char *name) {
    (void)event;
    (void)name; /* it goes with the last handle to it */
}

bool ferryi_signal_event_remove(const char *name) {
    (void)name;
    return false;
}

bool ferryi_signal_event_remove_unused(const char *name) {
    (void)name;
    return false;
}

bool ferryi_signal_event_is_left(const char *name) {
    (void)name;
    return false;
}
