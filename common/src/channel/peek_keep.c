/* Sight of a channel's frames object that does not end with its names. */
#include <frameferry/peek.h>

#include <stdlib.h>

#include "channel/names.h"
#include "channel/view.h"
#include "platform/lease.h"
#include "support/error.h"
#include "support/need.h"

struct ferry_peek_keep {
    ferryi_names names; /* frames has one of them */
    ferryi_glance frames;
    uint64_t state_offset;
};

/* Whether what was opened can be kept open without a change for its users. */
static ferry_status check(const ferryi_view *view, const ferryi_names *names, uint64_t generation,
                          ferry_error *error) {
    if (view->geometry.dialect != FERRY_DIALECT_NATIVE)
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "channel %s is of a dialect, in which an object that somebody has open "
                           "counts as used: it is not kept open",
                           names->frames);
    if (atomic_load_explicit(&view->block->generation, memory_order_relaxed) != generation)
        return ferryi_fail(error, FERRY_NO_PRODUCER, 0,
                           "another producer has channel %s: look at it again", names->frames);
    return ferryi_leases_check(&view->frames.shm, error);
}

static ferry_status open_frames(ferry_peek_keep *keep, uint64_t generation, ferry_error *error) {
    ferryi_view view = FERRYI_VIEW_INIT;
    ferry_status status = ferryi_view_open(&view, keep->names.frames, error);
    if (status == FERRY_OK)
        status = check(&view, &keep->names, generation, error);
    if (status == FERRY_OK) {
        keep->state_offset = view.geometry.block_offset + offsetof(ferryi_block, state);
        keep->frames = view.frames;
        view.frames = (ferryi_glance)FERRYI_GLANCE_INIT;
    }
    ferryi_view_close(&view);
    return status;
}

ferry_status ferry_peek_keep_open(ferry_peek_keep **out, const char *name, uint64_t generation,
                                  ferry_error *error) {
    ferryi_names names;
    ferry_status status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    *out = NULL;
    status = ferryi_names_make(&names, name, error);
    if (status != FERRY_OK)
        return status;
    if (!ferryi_glance_lets_names_go())
        return ferryi_fail(error, FERRY_NOT_SUPPORTED, 0,
                           "on this system an object that is kept open keeps its name");
    ferry_peek_keep *keep = calloc(1, sizeof *keep);
    if (keep == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    keep->names = names;
    status = open_frames(keep, generation, error);
    if (status == FERRY_OK)
        *out = keep;
    else
        free(keep);
    return status;
}

uint32_t ferry_peek_keep_state(const ferry_peek_keep *keep) {
    _Atomic(uint32_t) state = FERRYI_STATE_STARTING;
    if (keep == NULL)
        return FERRY_PEEK_STARTING;
    /* The lease first, as in liveness.c: one that ends says so before it lets go. */
    bool has_producer = ferryi_lease_is_held(&keep->frames.shm, FERRYI_LEASE_PRODUCER);
    if (!ferryi_glance_read(&keep->frames, keep->state_offset, &state, sizeof state))
        return FERRY_PEEK_MALFORMED;
    if (atomic_load_explicit(&state, memory_order_relaxed) == FERRYI_STATE_ENDED)
        return FERRY_PEEK_ENDED;
    return has_producer ? FERRY_PEEK_LIVE : FERRY_PEEK_DEAD;
}

void ferry_peek_keep_close(ferry_peek_keep **keep) {
    if (keep == NULL || *keep == NULL)
        return;
    ferryi_glance_close(&(*keep)->frames);
    free(*keep);
    *keep = NULL;
}
