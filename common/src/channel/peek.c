/* The state of whatever has the name of a channel. view.c reads the frames object. */
#include <frameferry/peek.h>

#include <string.h>

#include <frameferry/clock.h>

#include "channel/damage.h"
#include "channel/info.h"
#include "channel/names.h"
#include "channel/producer_info.h"
#include "channel/registry.h"
#include "channel/roll.h"
#include "channel/view.h"
#include "platform/lease.h"
#include "support/bits.h"
#include "support/error.h"
#include "support/need.h"

/* A look at both objects. */
typedef struct look {
    ferry_peek *out;
    ferryi_names names;
    ferryi_view view;
    ferry_status frames;    /* what became of opening the frames object */
    ferryi_roll roll;       /* the consumers object; with a copy, if that is FERRY_WRONG_VERSION */
    ferry_status consumers; /* what became of opening that one */
    ferry_error why;        /* of the one that failed */
} look;

/* ---- the consumers object ---- */

static void open_consumers(look *l) {
    /* Where there are frames, the sentence is about them. */
    ferry_error *error = l->frames == FERRY_NO_PRODUCER ? &l->why : NULL;
    l->consumers = ferryi_roll_open(&l->roll, l->names.consumers, error);
    l->out->object_bytes += l->roll.object.object_bytes;
    l->out->memory_bytes += l->roll.object.memory_bytes;
}

static uint64_t joiner(const ferryi_record *record) {
    return atomic_load_explicit(&record->join_id, memory_order_relaxed);
}

/* Whether a record is somebody's, and whether that one lives. A consumer that leaves gives its
 * record back before its lease, and both may have come after the copy: without a lease, the record
 * is looked at once more. */
static bool has_consumer(look *l, uint32_t index, bool *is_alive) {
    enum { LOOKS = 3 };
    const ferryi_record *record = &l->roll.copy->record[index];
    uint64_t before = 0;
    for (int i = 0; i < LOOKS && !ferryi_registry_is_at_rest(record); i++) {
        uint64_t now = joiner(record);
        *is_alive = ferryi_roll_has_lease(&l->roll, index);
        if (*is_alive || now == before)
            return true;
        before = now;
        if (!ferryi_roll_read_again(&l->roll, index))
            return false;
    }
    return false;
}

static void describe_consumer(const look *l, uint32_t index, ferry_peek_consumer *out) {
    const ferryi_record *record = &l->roll.copy->record[index];
    uint64_t evicted = atomic_load_explicit(&record->evicted, memory_order_relaxed);
    bool is_evicted = evicted != 0 && evicted == joiner(record);
    ferryi_registry_describe(&out->info, record, l->out->head, is_evicted);
    out->index = index;
    out->held_slots = atomic_load_explicit(&record->held, memory_order_relaxed);
    out->has_left =
        atomic_load_explicit(&record->state, memory_order_relaxed) == FERRYI_RECORD_LEFT;
    out->is_asleep =
        atomic_load_explicit(&record->event, memory_order_relaxed) == FERRYI_EVENT_SLEEPING;
}

/* The consumers, if they are those of the frames object. */
static void list_consumers(look *l) {
    ferry_peek *out = l->out;
    if (l->consumers != FERRY_OK || l->roll.copy->generation != out->generation)
        return;
    out->knows_consumers = 1;
    for (uint32_t i = 0; i < FERRY_MAX_CONSUMERS; i++) {
        bool is_alive;
        if (!has_consumer(l, i, &is_alive))
            continue;
        ferry_peek_consumer *consumer = &out->consumer[out->consumer_count++];
        consumer->is_alive = is_alive;
        describe_consumer(l, i, consumer);
        for (uint32_t slot = 0; slot < out->slots; slot++)
            if (ferryi_bits_has(consumer->held_slots, slot))
                out->slot[slot].held_by |= UINT32_C(1) << i;
    }
}

/* ---- the frames object ---- */

static void list_slots(look *l) {
    if (ferryi_view_read_slots(&l->view) != FERRY_OK)
        return;
    const ferryi_block *block = l->view.block;
    uint64_t early = atomic_load_explicit(&block->early, memory_order_relaxed);
    for (uint32_t i = 0; i < l->out->slots; i++) {
        const ferryi_descriptor *descriptor = &block->descriptor[i];
        ferry_peek_slot *slot = &l->out->slot[i];
        slot->frame = atomic_load_explicit(&descriptor->frame, memory_order_relaxed);
        slot->fills = atomic_load_explicit(&descriptor->fills, memory_order_relaxed);
        slot->filled_bytes = atomic_load_explicit(&descriptor->filled, memory_order_relaxed);
        slot->is_early = early != 0 && early == ferryi_entry_pack(slot->fills, i);
        if (slot->frame != 0 &&
            descriptor->length_bytes <= ferryi_geometry_slot_capacity(&l->view.geometry))
            slot->length_bytes = descriptor->length_bytes;
    }
}

static void describe_newest(look *l) {
    enum { ATTEMPTS = 10 };
    ferryi_newest newest;
    for (int i = 0; i < ATTEMPTS && l->out->has_newest == 0; i++) {
        if (ferryi_view_find_newest(&l->view, &newest) != FERRY_OK || !newest.is_possible ||
            ferryi_view_confirm(&l->view, &newest) != FERRY_OK)
            continue;
        uint64_t now_ns = ferry_clock_ns();
        l->out->has_newest = 1;
        ferryi_info_copy(&l->out->newest, &newest.info);
        if (newest.info.publish_ns < now_ns)
            l->out->newest_age_ns = now_ns - newest.info.publish_ns;
    }
}

static void describe_channel(look *l) {
    ferry_peek *out = l->out;
    const ferryi_block *block = l->view.block;
    const ferryi_geometry *g = &l->view.geometry;
    out->has_block = 1;
    out->layout_version = l->view.version;
    out->dialect = g->dialect;
    out->slots = g->slots;
    out->slot_bytes = g->slot_stride;
    out->when_full = ferryi_geometry_when_full(block);
    out->generation = atomic_load_explicit(&block->generation, memory_order_relaxed);
    out->head = atomic_load_explicit(&block->head, memory_order_relaxed);
    out->dropped = atomic_load_explicit(&block->dropped, memory_order_relaxed);
    ferryi_producer_info_read(&out->producer, block);
}

/* ---- the state ---- */

/* Whether a producer of such frames has published none for longer than it usually takes. */
static bool is_idle(const ferry_peek *p) {
    enum { PERIODS = 5, SECONDS = 2 };
    const ferry_frame_info *info = &p->newest;
    uint64_t period_ns = 0;
    if (info->frame_rate_num != 0)
        period_ns = (uint64_t)FERRY_SECOND_NS * info->frame_rate_den / info->frame_rate_num;
    return p->has_newest != 0 && p->newest_age_ns > SECONDS * (uint64_t)FERRY_SECOND_NS &&
           p->newest_age_ns / PERIODS >= period_ns;
}

/* Whether a producer lives that has made, or not yet removed, the consumers object: that object
 * comes first and goes last. Then a state that the frames object shows is of a moment before or
 * after. */
static ferry_peek_state unless_starting(const look *l, ferry_peek_state otherwise) {
    bool has_producer =
        l->consumers == FERRY_OK && ferryi_roll_has_lease(&l->roll, FERRYI_LEASE_PRODUCER);
    return has_producer ? FERRY_PEEK_STARTING : otherwise;
}

static ferry_peek_state state_of_block(const look *l, bool has_producer) {
    uint32_t state = atomic_load_explicit(&l->view.block->state, memory_order_relaxed);
    bool has_ended = state == FERRYI_STATE_ENDED;
    if (!has_producer)
        return unless_starting(l, has_ended ? FERRY_PEEK_ENDED : FERRY_PEEK_DEAD);
    if (has_ended)
        return FERRY_PEEK_ENDED;
    if (state != FERRYI_STATE_RUNNING)
        return FERRY_PEEK_STARTING;
    if (l->out->head == 0)
        return FERRY_PEEK_EMPTY;
    return is_idle(l->out) ? FERRY_PEEK_IDLE : FERRY_PEEK_LIVE;
}

static ferry_status look_at_block(look *l) {
    ferry_status status = ferryi_leases_check(&l->view.frames.shm, &l->why);
    if (status != FERRY_OK)
        return status;
    /* The lease first, as in liveness.c. An order of the two reads that is not theirs would show a
     * state of a moment ago: a look decides nothing. */
    bool has_producer = ferryi_lease_is_held(&l->view.frames.shm, FERRYI_LEASE_PRODUCER);
    describe_newest(l);
    describe_channel(l);
    list_slots(l);
    list_consumers(l);
    l->out->state = state_of_block(l, has_producer);
    return FERRY_OK;
}

/* There is no frames object. */
static ferry_status look_at_consumers(look *l) {
    switch (l->consumers) {
    case FERRY_OK: l->out->state = unless_starting(l, FERRY_PEEK_DEAD); return FERRY_OK;
    case FERRY_WRONG_VERSION:
        l->out->state = FERRY_PEEK_OTHER_VERSION;
        l->out->layout_version = l->roll.copy->layout_version;
        return FERRY_OK;
    case FERRY_MALFORMED: l->out->state = FERRY_PEEK_MALFORMED; return FERRY_OK;
    case FERRY_NOT_ALLOWED: l->out->state = FERRY_PEEK_UNREADABLE; return FERRY_OK;
    case FERRY_NO_MEMORY: return l->consumers;
    default:
        return ferryi_fail(&l->why, FERRY_NO_PRODUCER, 0,
                           "there is no channel %s: start its producer, or give another name",
                           l->names.frames);
    }
}

static ferry_status look_at_both(look *l) {
    switch (l->frames) {
    case FERRY_OK: return look_at_block(l);
    case FERRY_NO_PRODUCER: return look_at_consumers(l);
    case FERRY_WRONG_VERSION:
        l->out->state = FERRY_PEEK_OTHER_VERSION;
        l->out->layout_version = l->view.version;
        return FERRY_OK;
    case FERRY_MALFORMED: l->out->state = FERRY_PEEK_MALFORMED; return FERRY_OK;
    case FERRY_NOT_ALLOWED: l->out->state = FERRY_PEEK_UNREADABLE; return FERRY_OK;
    case FERRY_FOREIGN: {
        bool is_memory = l->view.frames.shm.handle != -1;
        bool is_bare = is_memory && ferryi_glance_has_event(l->names.event);
        l->out->state = unless_starting(l, is_bare ? FERRY_PEEK_BARE : FERRY_PEEK_FOREIGN);
        return FERRY_OK;
    }
    default: return l->frames;
    }
}

static ferry_status look_at(look *l) {
    l->frames = ferryi_view_open(&l->view, l->names.frames, &l->why);
    const ferryi_glance *g = &l->view.frames;
    l->out->object_bytes = g->object_bytes;
    l->out->memory_bytes = g->memory_bytes;
    open_consumers(l);
    if (l->frames == FERRY_NO_PRODUCER)
        g = &l->roll.object;
    _Static_assert(sizeof l->out->owner >= FERRYI_GLANCE_OWNER_BYTES, "room for the owner");
    ferryi_glance_name_owner(g, l->out->owner);
    l->out->mode = g->mode;
    l->out->is_own = g->is_own;
    return look_at_both(l);
}

ferry_status ferry_peek_look(const char *name, ferry_peek *out, ferry_error *error) {
    ferry_status status = ferryi_need(out, "out", error);
    if (status != FERRY_OK)
        return status;
    memset(out, 0, sizeof *out);
    look l = {.out = out, .view = FERRYI_VIEW_INIT, .roll = FERRYI_ROLL_INIT};
    status = ferryi_names_make(&l.names, name, error);
    if (status != FERRY_OK)
        return status;
    status = look_at(&l);
    ferryi_view_close(&l.view);
    ferryi_roll_close(&l.roll);
    if (status != FERRY_OK) {
        memset(out, 0, sizeof *out);
        if (error != NULL)
            *error = l.why;
    } else if (out->state >= FERRY_PEEK_OTHER_VERSION) {
        _Static_assert(sizeof out->detail <= sizeof l.why.message, "a sentence may be cut");
        memcpy(out->detail, l.why.message, sizeof out->detail - 1);
    }
    return status;
}

const char *ferry_peek_state_text(uint32_t state) {
    static const char *const texts[] = {"starting",  "empty",   "live",      "idle",
                                        "ended",     "dead",    "bare",      "other version",
                                        "malformed", "foreign", "unreadable"};
    return state < sizeof texts / sizeof texts[0] ? texts[state] : "unknown";
}
