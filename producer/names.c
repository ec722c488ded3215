#include "names.h"

#include <stdio.h>

#include <frameferry/producer.h>

#include "shared/message.h"

#define LOOK_NS ((uint64_t)FERRY_SECOND_NS)

enum { LIST_BYTES = 3 * (FERRY_NAME_MAX + 16) };

/* The names of a mask, as they lie in shared memory. */
static void list(char out[static LIST_BYTES], const char *channel, uint32_t mask) {
    static const struct {
        uint32_t bit;
        const char *suffix;
    } names[] = {{FERRY_NAME_OF_FRAMES, ""},
                 {FERRY_NAME_OF_CONSUMERS, "~consumers"},
                 {FERRY_NAME_OF_EVENT, "Mutex"}};
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if ((mask & names[i].bit) != 0)
            used += (size_t)snprintf(out + used, LIST_BYTES - used, "%s%s%s", used > 0 ? ", " : "",
                                     channel, names[i].suffix);
}

/* A consumer of this library needs no event, and finds the channel. */
static void tell_event(const names_watch *w) {
    app_message_warn(
        "removed from shared memory, or taken by something else: %sMutex. Programs that know only "
        "the "
        "BaseImage layout and start from now on are not notified of frames. All others are not "
        "affected. Free the name, and restart ferry-producer if it does not restore the name then",
        w->channel);
}

static void tell(names_watch *w, const ferry_producer_counters *now) {
    char names[LIST_BYTES];
    list(names, w->channel, now->unlinked_names);
    if ((now->unlinked_names & ~w->told) != 0 && now->unlinked_names == FERRY_NAME_OF_EVENT)
        tell_event(w);
    else if ((now->unlinked_names & ~w->told) != 0)
        app_message_warn(
            "removed from shared memory, or taken by something else: %s. New consumers "
            "cannot find channel %s. Attached consumers are not affected. The end of "
            "a user's last session removes names (RemoveIPC=yes in logind.conf), and "
            "so do other programs (rm, or Python's multiprocessing.shared_memory). "
            "Restart ferry-producer to make the channel visible again",
            names, w->channel);
    else if (now->relinked > w->relinked)
        app_message_warn(
            "a name of channel %s was missing from shared memory; it has been restored",
            w->channel);
    w->told = now->unlinked_names;
    w->relinked = now->relinked;
}

void names_tend(names_watch *w, ferry_producer *producer) {
    uint64_t now_ns = ferry_clock_ns();
    if (now_ns - w->looked_ns < LOOK_NS)
        return;
    w->looked_ns = now_ns;
    ferry_producer_counters now;
    ferry_producer_tend(producer);
    ferry_producer_get_counters(producer, &now);
    if (now.unlinked_names != w->told || now.relinked != w->relinked)
        tell(w, &now);
}
