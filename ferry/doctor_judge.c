/* One channel: why nothing arrives, and what to do. */
#include <inttypes.h>

#include "doctor.h"
#include "host/host.h"

/* A channel that does not work fails if it is the one that was asked for. */
static doctor_level bad(const doctor *d) {
    return d->name != NULL ? DOCTOR_FAIL : DOCTOR_WARN;
}

static double seconds(uint64_t ns) {
    return (double)ns / FERRY_SECOND_NS;
}

static const char *name_or(const char *name, const char *otherwise) {
    return name[0] != '\0' ? name : otherwise;
}

/* ---- consumers ---- */

static bool counts(const ferry_peek_consumer *c) {
    return c->is_alive && !c->has_left && !c->info.evicted;
}

/* The consumer of every frame that leaves the producer no slot; the one that is farthest behind. */
static const ferry_peek_consumer *find_brake(const ferry_peek *p) {
    const ferry_peek_consumer *brake = NULL;
    for (uint32_t i = 0; i < p->consumer_count; i++) {
        const ferry_peek_consumer *c = &p->consumer[i];
        if (counts(c) && c->info.delivery == FERRY_DELIVERY_EVERY && c->info.max_lag == 0 &&
            c->info.lag + c->info.held + 1 >= p->slots &&
            (brake == NULL || c->info.lag > brake->info.lag))
            brake = c;
    }
    return brake;
}

/* The consumer that is farthest behind, if frames that it has not seen are gone. */
static const ferry_peek_consumer *find_late(const ferry_peek *p) {
    const ferry_peek_consumer *late = NULL;
    for (uint32_t i = 0; i < p->consumer_count; i++) {
        const ferry_peek_consumer *c = &p->consumer[i];
        if (counts(c) && c->info.lag > p->slots && (late == NULL || c->info.lag > late->info.lag))
            late = c;
    }
    return late;
}

static uint32_t count_consumers(const ferry_peek *p) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->consumer_count; i++)
        count += counts(&p->consumer[i]);
    return count;
}

static void judge_evicted(doctor *d, const char *name, const ferry_peek *p) {
    for (uint32_t i = 0; i < p->consumer_count; i++) {
        const ferry_peek_consumer *c = &p->consumer[i];
        if (!c->is_alive || c->has_left || !c->info.evicted)
            continue;
        doctor_find(
            d, DOCTOR_WARN,
            "channel %s: consumer %s (process %u) was evicted, since it did not advance for "
            "longer than the producer's --stall-limit",
            name, name_or(c->info.name, "without a name"), c->info.process_id);
        doctor_advise(d, "let it attach anew with --latest or --every=N, which skip frames");
    }
}

/* ---- a producer that lives ---- */

static void advise_process(doctor *d, const ferry_peek *p, const char *reason) {
    doctor_advise(d, "look at its producer, %s (process %u): %s",
                  name_or(p->producer.name, "without a name"), p->producer.process_id, reason);
}

static void judge_empty(doctor *d, const char *name, const ferry_peek *p) {
    doctor_find(d, DOCTOR_WARN, "channel %s: its producer lives, and has published nothing yet",
                name);
    if (p->knows_consumers && count_consumers(p) == 0)
        doctor_advise(d, "there is no consumer; ferry-producer waits for one unless --no-wait is "
                         "given. Start a consumer");
    else
        advise_process(d, p, "its source may have given no frame");
}

static void judge_idle(doctor *d, const char *name, const ferry_peek *p) {
    const ferry_peek_consumer *brake = find_brake(p);
    doctor_find(d, DOCTOR_WARN, "channel %s: no frame has come for %.1f s", name,
                seconds(p->newest_age_ns));
    if (brake != NULL && p->when_full != FERRY_WHEN_FULL_DROP)
        doctor_advise(d,
                      "the producer waits for the consumer %s (process %u), which is %" PRIu64
                      " frames behind and takes none; end it, start it with --latest or --every=N, "
                      "or start the producer with --when-full drop or --stall-limit",
                      name_or(brake->info.name, "without a name"), brake->info.process_id,
                      brake->info.lag);
    else
        advise_process(d, p, "its source gives no frames, or it was stopped");
}

static void judge_live(doctor *d, const char *name, const ferry_peek *p) {
    const ferry_peek_consumer *brake = find_brake(p), *late = find_late(p);
    uint32_t consumers = count_consumers(p);
    doctor_find(d, DOCTOR_OK, "channel %s is live: frame %" PRIu64, name, p->head);
    if (p->knows_consumers)
        doctor_find_more(d, ", %u consumer%s", consumers, consumers == 1 ? "" : "s");
    if (p->dropped > 0)
        doctor_find_more(d, ", %" PRIu64 " frames dropped", p->dropped);
    if (brake != NULL)
        doctor_find_more(d, "; the consumer %s (process %u) %s",
                         name_or(brake->info.name, "without a name"), brake->info.process_id,
                         p->when_full == FERRY_WHEN_FULL_DROP
                             ? "is slow, so that frames are dropped"
                             : "sets its pace");
    if (late != NULL)
        doctor_find_more(d,
                         "; the consumer %s (process %u) is %" PRIu64
                         " frames behind, since it is slow or stands still",
                         name_or(late->info.name, "without a name"), late->info.process_id,
                         late->info.lag);
}

static void judge_starting(doctor *d, const char *name) {
    doctor_find(d, DOCTOR_WARN,
                "channel %s: its producer is just starting or ending, or somebody has removed the "
                "channel's name",
                name);
    doctor_advise(d, "look once more; if it stays so, start the producer anew");
}

/* ---- none ---- */

static void judge_dead(doctor *d, const char *name, const ferry_peek *p) {
    char size[DOCTOR_SIZE_BYTES];
    doctor_find(d, bad(d), "channel %s is dead, and keeps %s: its producer was killed", name,
                doctor_size(size, p->memory_bytes));
    doctor_advise(d, "start the producer anew, or remove what is left with ferry clean %s", name);
    if (!p->is_own && p->owner[0] != '\0')
        doctor_advise(d, ", as %s or as root", p->owner);
}

static void judge_ended(doctor *d, const char *name) {
    doctor_find(d, bad(d), "channel %s has ended, and its names are still there", name);
    doctor_advise(d, "start the producer anew; consumers with --reconnect go on then");
}

static void judge_bare(doctor *d, const char *name) {
    doctor_find(d, DOCTOR_OK,
                "channel %s is of a program that knows only the BaseImage layout, so that nothing "
                "tells whether it lives",
                name);
    if (d->name != NULL)
        doctor_advise(d, "ferry-consumer --name %s --timeout 5 --print shows whether frames come",
                      name);
}

/* The library's sentence on it says what it is, and mostly what to do. */
static void judge_other(doctor *d, const char *name, const ferry_peek *p, const char *advice) {
    doctor_find(d, bad(d), "channel %s is %s", name, ferry_peek_state_text(p->state));
    doctor_advise(d, "%s%s%s", p->detail, p->detail[0] != '\0' && advice[0] != '\0' ? ". " : "",
                  advice);
}

/* Of all, other users' channels are told by their objects. */
static void judge_unreadable(doctor *d, const char *name, const ferry_peek *p) {
    if (d->name != NULL)
        judge_other(d, name, p, "Run both sides as one user, or give both --group=NAME");
}

void doctor_judge(doctor *d, const char *name, const ferry_peek *p) {
    switch (p->state) {
    case FERRY_PEEK_STARTING: judge_starting(d, name); break;
    case FERRY_PEEK_EMPTY: judge_empty(d, name, p); break;
    case FERRY_PEEK_LIVE: judge_live(d, name, p); break;
    case FERRY_PEEK_IDLE: judge_idle(d, name, p); break;
    case FERRY_PEEK_ENDED: judge_ended(d, name); break;
    case FERRY_PEEK_DEAD: judge_dead(d, name, p); break;
    case FERRY_PEEK_BARE: judge_bare(d, name); break;
    case FERRY_PEEK_OTHER_VERSION:
        judge_other(d, name, p, "Use one version of the library on both sides");
        break;
    case FERRY_PEEK_MALFORMED:
    case FERRY_PEEK_FOREIGN: judge_other(d, name, p, "Use another name for the channel"); break;
    case FERRY_PEEK_UNREADABLE: judge_unreadable(d, name, p); break;
    default: break;
    }
    if (p->state <= FERRY_PEEK_IDLE)
        judge_evicted(d, name, p);
}
