/* All channels, or the one that was asked for. doctor_judge.c judges each. */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "host/host.h"
#include "shared/near.h"

typedef struct names {
    ferry_peek_name *name;
    size_t count;
} names;

/* The names that there are; names that come between the two calls are not among them. */
static ferry_status list(names *out, ferry_peek_which which, ferry_error *error) {
    size_t room = 0;
    *out = (names){.name = NULL};
    ferry_status status = ferry_peek_list(NULL, 0, &room, which, error);
    if (status != FERRY_OK || room == 0)
        return status;
    out->name = calloc(room, sizeof *out->name);
    if (out->name == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    status = ferry_peek_list(out->name, room, &out->count, which, error);
    if (out->count > room)
        out->count = room;
    return status;
}

/* ---- their memory ---- */

static uint64_t slot_of(const ferry_peek *p) {
    enum { PAGE = 4096 };
    uint64_t bytes = p->has_newest ? p->newest.length_bytes + (uint64_t)FERRY_HEADER_BYTES : 0;
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

static void add(doctor *d, const char *name, const ferry_peek *p) {
    doctor_channel *channels = realloc(d->channels, (d->channel_count + 1) * sizeof *d->channels);
    if (channels == NULL) {
        d->has_no_memory = true;
        return;
    }
    d->channels = channels;
    doctor_channel *c = &channels[d->channel_count++];
    *c = (doctor_channel){.memory_bytes = p->memory_bytes};
    memcpy(c->name, name, strlen(name) + 1); /* which ferry_peek_list has measured */
    c->has_producer = p->has_block && p->state <= FERRY_PEEK_IDLE;
    c->likely_bytes = p->slots * slot_of(p);
    c->most_bytes = p->slots * p->slot_bytes;
}

void doctor_look_at_channels(doctor *d) {
    names all;
    ferry_peek peek;
    if (list(&all, FERRY_PEEK_CHANNELS, NULL) == FERRY_OK)
        for (size_t i = 0; i < all.count; i++)
            if (ferry_peek_look(all.name[i].name, &peek, NULL) == FERRY_OK)
                add(d, all.name[i].name, &peek);
    free(all.name);
}

/* ---- one ---- */

static const char *find_near(const doctor *d) {
    const char *nearest = NULL;
    unsigned least = APP_NEAR_FAR;
    for (size_t i = 0; i < d->channel_count; i++) {
        unsigned distance = app_near_distance(d->name, d->channels[i].name);
        if (distance < least && app_near_is(d->name, d->channels[i].name)) {
            nearest = d->channels[i].name;
            least = distance;
        }
    }
    return nearest;
}

static void judge_missing(doctor *d) {
    const char *near = find_near(d);
    doctor_find(d, DOCTOR_FAIL, "there is no channel %s%s", d->name,
                host_has_own_memory() ? " in this container, whose /dev/shm is its own" : "");
    if (near != NULL)
        doctor_advise(d, "did you mean %s? Else s", near);
    else
        doctor_advise(d, "s");
    doctor_advise(d, "tart its producer with --name %s", d->name);
    if (d->channel_count > 0 && near == NULL)
        doctor_advise(d, ", or take one of those that ferry list shows");
}

static void judge_one(doctor *d) {
    ferry_peek peek;
    ferry_error error;
    d->channel = d->name;
    ferry_status status = ferry_peek_look(d->name, &peek, &error);
    if (status == FERRY_OK)
        doctor_judge(d, d->name, &peek);
    else if (status == FERRY_NO_PRODUCER)
        judge_missing(d);
    else
        doctor_find(d, DOCTOR_FAIL, "%s", error.message);
}

/* ---- all ---- */

static bool has(const names *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->name[i].name, name) == 0)
            return true;
    return false;
}

/* Objects of other programs under names that a channel could have. */
static void judge_others(doctor *d, const names *channels) {
    enum { SHOWN = 5 };
    names all;
    size_t count = 0;
    if (list(&all, FERRY_PEEK_ALL, NULL) != FERRY_OK)
        return;
    for (size_t i = 0; i < all.count; i++) {
        if (has(channels, all.name[i].name))
            continue;
        if (count == 0)
            doctor_find(d, DOCTOR_OK,
                        "no channel can have a name that an object of another program "
                        "has: ");
        if (count < SHOWN)
            doctor_find_more(d, "%s%s", count == 0 ? "" : ", ", all.name[i].name);
        count++;
    }
    if (count > SHOWN)
        doctor_find_more(d, " and %zu more", count - SHOWN);
    free(all.name);
}

static void judge_all(doctor *d) {
    names channels;
    ferry_error error;
    ferry_status status = list(&channels, FERRY_PEEK_CHANNELS, &error);
    if (status == FERRY_NOT_SUPPORTED) {
        doctor_find(d, DOCTOR_OK,
                    "this system does not list channels; ferry doctor NAME looks at "
                    "one");
        return;
    }
    if (status != FERRY_OK)
        doctor_find(d, DOCTOR_FAIL, "%s", error.message);
    else if (channels.count == 0)
        doctor_find(d, DOCTOR_OK, "there is no channel");
    for (size_t i = 0; i < channels.count; i++) {
        ferry_peek peek;
        d->channel = channels.name[i].name;
        if (ferry_peek_look(d->channel, &peek, NULL) == FERRY_OK) /* it may have gone */
            doctor_judge(d, d->channel, &peek);
        doctor_finish(d);
    }
    d->channel = NULL;
    if (status == FERRY_OK)
        judge_others(d, &channels);
    doctor_finish(d);
    free(channels.name);
}

void doctor_check_channels(doctor *d) {
    if (d->name != NULL)
        judge_one(d);
    else
        judge_all(d);
}
