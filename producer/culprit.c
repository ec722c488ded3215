#include "culprit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/producer.h>

#include "shared/message.h"

/* A call that takes less has not waited. */
#define NOTICEABLE_NS ((uint64_t)FERRY_SECOND_NS / 1000)
/* No call waits for longer than a slice: what takes longer was stopped, with the whole program. */
#define CALL_MAX_NS ((uint64_t)FERRY_SECOND_NS / 5)
/* Less would be printed as 0.0 s. */
#define TELLABLE_NS ((uint64_t)FERRY_SECOND_NS / 20)
#define WINDOW_NS ((uint64_t)FERRY_SECOND_NS)
#define STILL_NS (10 * (uint64_t)FERRY_SECOND_NS)
/* A consumer writes its name and number itself, and could change them all the time. */
#define SPEECH_INTERVAL_NS ((uint64_t)FERRY_SECOND_NS)

void culprit_init(culprit *c, uint32_t slots, bool has_pace) {
    *c = (culprit){.slots = slots, .has_pace = has_pace};
}

/* Whether the producer waits for what this one has not received yet. */
static bool is_waited_for(const ferry_consumer_info *who) {
    return who->delivery == FERRY_DELIVERY_EVERY && who->max_lag == 0 && who->evicted == 0;
}

/* How many slots this one keeps from the producer. One that holds nothing but the newest frame
 * keeps none, since that frame's slot is never taken away. */
static uint64_t kept_by(const ferry_consumer_info *who) {
    uint64_t held = who->held == 1 && who->lag == 0 ? 0 : who->held;
    return held + (is_waited_for(who) ? who->lag : 0);
}

/* How many slots all of them keep, at most. */
static uint64_t kept_by_all(const ferry_consumer_info *list, size_t count) {
    uint64_t held = 0;
    uint64_t lag = 0;
    for (size_t i = 0; i < count; i++) {
        held += list[i].held;
        if (is_waited_for(&list[i]) && list[i].lag > lag)
            lag = list[i].lag;
    }
    return held + lag;
}

static bool is_known(const culprit *c, const ferry_consumer_info *who) {
    size_t count = c->known_count < CULPRIT_KNOWN_MAX ? c->known_count : CULPRIT_KNOWN_MAX;
    for (size_t i = 0; i < count; i++)
        if (c->known[i].process_id == who->process_id && strcmp(c->known[i].name, who->name) == 0)
            return true;
    return false;
}

static void remember(culprit *c, const ferry_consumer_info *who) {
    culprit_known *place = &c->known[c->known_count++ % CULPRIT_KNOWN_MAX];
    place->process_id = who->process_id;
    memcpy(place->name, who->name, sizeof place->name);
}

static bool is_worse(const ferry_consumer_info *a, const ferry_consumer_info *b) {
    return b == NULL || kept_by(a) > kept_by(b) || (kept_by(a) == kept_by(b) && a->lag > b->lag);
}

/* The one that keeps most. One that keeps all slots by itself is to be named even if another one,
 * which does so too, has been named before. */
static const ferry_consumer_info *pick(const culprit *c, const ferry_consumer_info *list,
                                       size_t count) {
    const ferry_consumer_info *worst = NULL;
    const ferry_consumer_info *fresh = NULL;
    for (size_t i = 0; i < count; i++) {
        if (kept_by(&list[i]) > 0 && is_worse(&list[i], worst))
            worst = &list[i];
        if (kept_by(&list[i]) >= c->slots && !is_known(c, &list[i]) && is_worse(&list[i], fresh))
            fresh = &list[i];
    }
    if (fresh != NULL)
        return fresh;
    return worst != NULL && !is_known(c, worst) ? worst : NULL;
}

static const ferry_consumer_info *name(culprit *c, uint64_t now_ns, const ferry_consumer_info *list,
                                       size_t count) {
    if (c->spoke_ns != 0 && now_ns - c->spoke_ns < SPEECH_INTERVAL_NS)
        return NULL;
    const ferry_consumer_info *who = pick(c, list, count);
    if (who != NULL) {
        remember(c, who);
        c->spoke_ns = now_ns;
    }
    return who;
}

/* Adds the time that a call has waited. Returns whether to name a consumer. */
static bool measure(culprit *c, const culprit_call *call, bool has_waited) {
    uint64_t lasted_ns = call->end_ns - call->begin_ns;
    uint64_t waited_ns = lasted_ns < CALL_MAX_NS ? lasted_ns : CALL_MAX_NS;
    if (!has_waited)
        waited_ns = 0;
    c->total_ns += waited_ns;
    c->held_ns += waited_ns;
    c->still_ns = call->status == FERRY_TIMEOUT ? c->still_ns + waited_ns : 0;
    if (c->window_ns == 0)
        c->window_ns = call->begin_ns;
    uint64_t elapsed_ns = call->end_ns - c->window_ns;
    bool is_slow = false;
    if (elapsed_ns >= WINDOW_NS) {
        is_slow = c->has_pace && c->held_ns >= elapsed_ns / 2;
        c->window_ns = call->end_ns;
        c->held_ns = 0;
    }
    return is_slow || c->still_ns >= STILL_NS;
}

/* Copying takes its time too: a frame that went out has waited only if all slots were taken. */
static bool has_waited(const culprit *c, const culprit_call *call, const ferry_consumer_info *list,
                       size_t count) {
    return call->status == FERRY_TIMEOUT || kept_by_all(list, count) >= c->slots;
}

const ferry_consumer_info *culprit_find(culprit *c, const culprit_call *call,
                                        const ferry_consumer_info *list, size_t count) {
    if (call->status == FERRY_FULL)
        return name(c, call->end_ns, list, count);
    if (call->status != FERRY_OK && call->status != FERRY_TIMEOUT)
        return NULL;
    return measure(c, call, has_waited(c, call, list, count)) ? name(c, call->end_ns, list, count)
                                                              : NULL;
}

/* Below this a channel has no slot left once a consumer has one besides the newest frame's,
 * whatever the consumer is told to do. */
#define SLOTS_ENOUGH 3

static void say(const culprit *c, const ferry_consumer_info *who, bool drops) {
    char label[FERRY_CONSUMER_NAME_MAX + 40];
    const char *fault = drops ? "makes all others lose frames" : "holds up the stream";
    snprintf(label, sizeof label, "consumer \"%s\" (process %" PRIu32 ")", who->name,
             who->process_id);
    if (c->slots < SLOTS_ENOUGH)
        app_message_warn("%s %s: none of the %" PRIu32
                         " slots is free while it reads a frame; use --slots %d or more",
                         label, fault, c->slots, SLOTS_ENOUGH);
    else if (is_waited_for(who) && who->lag > 0)
        app_message_warn("%s %s: it is %" PRIu64
                         " frame%s behind; give it --latest, or --every=N so that only it skips "
                         "frames, or use %s--stall-limit here",
                         label, fault, who->lag, who->lag == 1 ? "" : "s",
                         drops ? "a shorter " : "--when-full drop or a ");
    else
        app_message_warn("%s %s: it holds %" PRIu32
                         " frame%s in place; use more --slots here, or let it work on copies",
                         label, fault, who->held, who->held == 1 ? "" : "s");
}

void culprit_watch(culprit *c, ferry_producer *producer, uint64_t begin_ns, ferry_status status) {
    culprit_call call = {begin_ns, ferry_clock_ns(), status};
    ferry_consumer_info list[FERRY_MAX_CONSUMERS];
    size_t count = 0;
    if (status == FERRY_OK && call.end_ns - begin_ns < NOTICEABLE_NS) {
        c->still_ns = 0;
        return;
    }
    count = ferry_producer_list_consumers(producer, list, FERRY_MAX_CONSUMERS);
    if (count > FERRY_MAX_CONSUMERS)
        count = FERRY_MAX_CONSUMERS;
    const ferry_consumer_info *who = culprit_find(c, &call, list, count);
    if (who != NULL)
        say(c, who, status == FERRY_FULL);
}

/* Whether anything is to be said in the end. Where frames are dropped instead, hardly any time is.
 */
static bool has_been_held(const culprit *c) {
    return c->known_count > 0 && c->total_ns >= TELLABLE_NS;
}

void culprit_conclude(const culprit *c) {
    if (has_been_held(c))
        app_message_inform("consumers delayed the stream by %.1f s in total",
                           (double)c->total_ns / 1e9);
}
