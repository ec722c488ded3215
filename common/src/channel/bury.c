/* Clearing away what the dead have left, at somebody's wish. All that is removed is removed by the
 * undertaker, whose rules are in objects.c; what is here is a look before, for what is left alone
 * and for sentences, and patience with others who do the same just then. */
#include <frameferry/bury.h>

#include <string.h>

#include "channel/names.h"
#include "channel/remains.h"
#include "channel/stranger.h"
#include "channel/undertaker.h"
#include "platform/clock.h"
#include "support/error.h"
#include "support/need.h"

/* The verdict on a channel after a look at it. */
typedef struct verdict {
    ferry_status status; /* FERRY_OK, or why at least something stays */
    uint32_t removable;  /* ferry_name_bits; 0: nothing may be touched */
    uint32_t if_unused;
} verdict;

/* ---- the verdict ---- */

static verdict leave(ferry_status status) {
    return (verdict){.status = status};
}

/* Whether an object of the channel is another user's, who alone may remove it. */
static bool is_strangers(const ferryi_remains *r, const ferryi_names *names) {
    ferryi_shm_sight sight;
    return (r->frames != FERRY_FOREIGN && ferryi_shm_look(&sight, names->frames)) ||
           ferryi_shm_look(&sight, names->consumers);
}

static ferry_status refuse_strangers(const ferryi_names *names, ferry_error *error) {
    ferryi_fail(error, FERRY_NOT_ALLOWED, 0,
                "channel %s belongs in part to another user, who alone removes it", names->frames);
    return ferryi_stranger_blocks(names, error);
}

static ferry_status refuse_used(const ferryi_names *names, ferry_error *error) {
    return ferryi_fail(
        error, FERRY_FOREIGN, 0,
        "a process still uses %s, which keeps its name for so long: end that process "
        "first",
        names->frames);
}

/* Why the frames object stays; FERRY_OK: it goes, or there is none. */
static ferry_status judge_frames(const ferryi_remains *r, const ferryi_names *names,
                                 ferry_error *error) {
    if (r->frames == FERRY_FOREIGN)
        return ferryi_fail(error, FERRY_FOREIGN, 0,
                           "%s exists and is not a channel: it is left alone", names->frames);
    if (r->is_borrowed)
        return ferryi_fail(error, FERRY_FOREIGN, 0,
                           "%s was made by a program that knows only the BaseImage layout, and is "
                           "left to that",
                           names->frames);
    return r->is_dialects && r->attached > 0 ? refuse_used(names, error) : FERRY_OK;
}

static ferry_status judge_consumers(const ferryi_remains *r, const ferryi_names *names,
                                    ferry_error *error) {
    if (r->consumers != FERRY_FOREIGN)
        return FERRY_OK;
    return ferryi_fail(error, FERRY_FOREIGN, 0,
                       "%s exists and is not part of a channel: it is left "
                       "alone",
                       names->consumers);
}

/* The names that go, with a channel without a producer that is this user's. */
static verdict judge_parts(const ferryi_remains *r, const ferryi_names *names, ferry_error *error) {
    ferry_status consumers = judge_consumers(r, names, error);
    ferry_status frames = judge_frames(r, names, error);
    verdict v = {.status = frames != FERRY_OK ? frames : consumers};
    if (frames == FERRY_OK) {
        if (r->frames != FERRY_NO_PRODUCER)
            v.removable |= FERRY_NAME_OF_FRAMES;
        if (r->has_event)
            v.removable |= FERRY_NAME_OF_EVENT;
        v.if_unused = v.removable & (r->is_dialects ? FERRY_NAME_OF_FRAMES | FERRY_NAME_OF_EVENT
                                                    : FERRY_NAME_OF_EVENT);
    }
    if (consumers == FERRY_OK && r->consumers != FERRY_NO_PRODUCER)
        v.removable |= FERRY_NAME_OF_CONSUMERS;
    return v;
}

static bool is_nothing(const ferryi_remains *r) {
    return r->frames == FERRY_NO_PRODUCER && r->consumers == FERRY_NO_PRODUCER && !r->has_event;
}

static bool is_no_channel(const ferryi_remains *r) {
    return r->frames == FERRY_FOREIGN && r->consumers == FERRY_NO_PRODUCER;
}

static verdict judge(const ferryi_remains *r, const ferryi_names *names, ferry_error *error) {
    if (r->unusable != FERRY_OK)
        return leave(r->unusable);
    if (r->has_producer)
        return leave(ferryi_fail(error, FERRY_BUSY, 0,
                                 "channel %s has a live producer: its names go when that ends",
                                 names->frames));
    if (is_nothing(r))
        return leave(ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                                 "there is nothing left of a channel %s", names->frames));
    if (is_no_channel(r))
        return leave(judge_frames(r, names, error));
    if (r->frames == FERRY_WRONG_VERSION || r->consumers == FERRY_WRONG_VERSION)
        return leave(FERRY_WRONG_VERSION); /* error says which */
    if (is_strangers(r, names))
        return leave(refuse_strangers(names, error));
    if (r->frames == FERRY_NOT_ALLOWED || r->consumers == FERRY_NOT_ALLOWED)
        return leave(FERRY_NOT_ALLOWED); /* error says which */
    return judge_parts(r, names, error);
}

/* ---- the burial ---- */

/* One look, and one attempt where there is something to remove. */
static ferry_status attempt(const ferryi_names *names, ferryi_remains *seen, ferryi_buried *buried,
                            ferry_error *error) {
    ferryi_remains_look(seen, names, error);
    verdict v = judge(seen, names, error);
    if (v.removable == 0)
        return v.status;
    uint32_t before = buried->names;
    ferry_error reason = {0};
    ferry_status status = ferryi_undertaker_bury(names, FERRYI_NOT_SHARED, buried, &reason);
    if (status == FERRY_FOREIGN && v.status == FERRY_OK)
        return refuse_used(names, error);
    if (status == FERRY_FOREIGN)
        return v.status; /* error says why */
    if (status == FERRY_OK && buried->names == before && v.removable == FERRY_NAME_OF_EVENT)
        return ferryi_fail(
            error, FERRY_FOREIGN, 0,
            "the event %s is all that is left of the channel, and a process still uses "
            "it: end that process first",
            names->event);
    if (status == FERRY_BUSY)
        return ferryi_fail(
            error, FERRY_BUSY, 0,
            "another process is just clearing channel %s away, or starting: look again",
            names->frames);
    if (status != FERRY_OK && error != NULL)
        *error = reason;
    return status;
}

/* Whether the next attempt may end otherwise: others clear the channel away just then, or use a
 * dialect's object for a moment. */
static bool goes_on(ferry_status status, const ferryi_remains *seen, int *looks_in_use) {
    if (status == FERRY_BUSY)
        return !seen->has_producer;
    bool is_used = status == FERRY_FOREIGN && seen->frames != FERRY_FOREIGN &&
                   seen->consumers != FERRY_FOREIGN && !seen->is_borrowed && seen->attached == 0;
    return is_used && ++*looks_in_use < FERRYI_LOOKS_IN_USE;
}

static ferry_status bury(const ferryi_names *names, ferry_bury_report *out, ferry_error *error) {
    ferryi_buried buried = {0};
    ferryi_remains seen;
    ferry_status status;
    int looks_in_use = 0;
    for (int i = 0;; i++) {
        status = attempt(names, &seen, &buried, error);
        if (i == 0)
            out->consumers = seen.has_producer ? 0 : seen.attached;
        if (i + 1 == FERRYI_SEIZE_ATTEMPTS || !goes_on(status, &seen, &looks_in_use))
            break;
        ferryi_clock_pause(FERRYI_SEIZE_PAUSE_NS);
    }
    out->removed = buried.names;
    out->memory_bytes = buried.memory_bytes;
    out->left = ferryi_remains_names(names);
    /* Somebody else has removed the rest, or a producer has come since. */
    bool is_done = status == FERRY_NO_PRODUCER || (status == FERRY_BUSY && seen.has_producer);
    if (is_done && buried.names != 0)
        return FERRY_OK;
    return status == FERRY_OK && buried.names == 0
               ? ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                             "another process has just cleared channel %s away", names->frames)
               : status;
}

static ferry_status look_only(const ferryi_names *names, ferry_bury_report *out,
                              ferry_error *error) {
    ferryi_remains seen;
    ferryi_remains_look(&seen, names, error);
    verdict v = judge(&seen, names, error);
    out->removed = v.removable;
    out->if_unused = v.if_unused;
    out->left = ferryi_remains_names(names) & ~v.removable;
    out->consumers = seen.has_producer ? 0 : seen.attached;
    if ((v.removable & FERRY_NAME_OF_FRAMES) != 0)
        out->memory_bytes += seen.frames_bytes;
    if ((v.removable & FERRY_NAME_OF_CONSUMERS) != 0)
        out->memory_bytes += seen.consumers_bytes;
    return v.status;
}

ferry_status ferry_channel_bury(const char *name, uint32_t flags, ferry_bury_report *out,
                                ferry_error *error) {
    ferry_bury_report unwanted, *report = out != NULL ? out : &unwanted;
    memset(report, 0, sizeof *report);
    ferryi_names names;
    ferry_status status =
        ferryi_need_choice(flags, FERRY_BURY_DRY_RUN, "flags", "0 or FERRY_BURY_DRY_RUN", error);
    if (status == FERRY_OK)
        status = ferryi_names_make(&names, name, error);
    if (status != FERRY_OK)
        return status;
    /* A look that finds nothing wrong must not show in the caller's error. */
    ferry_error why = {0};
    status = (flags & FERRY_BURY_DRY_RUN) != 0 ? look_only(&names, report, &why)
                                               : bury(&names, report, &why);
    if (status != FERRY_OK && error != NULL)
        *error = why;
    return status;
}
