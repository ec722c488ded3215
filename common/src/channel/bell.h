/* A pollable with a thread that sets it: what the pollables of both ends have in common.
 *
 * A handle has a place for one, which is empty until the program asks for it; until then every call
 * here does nothing and answers false. No news is lost, by the order of the thread that looks for
 * them: it clears the pollable and then looks once more. News that it does not see set the pollable
 * after that. */
#ifndef FERRYI_CHANNEL_BELL_H
#define FERRYI_CHANNEL_BELL_H

#include <stdatomic.h>

#include <frameferry/channel.h>

#include "platform/event.h"
#include "platform/pollable.h"
#include "platform/thread.h"

typedef struct ferryi_bell ferryi_bell;
typedef _Atomic(ferryi_bell *) ferryi_bell_place; /* NULL: nobody has asked for one */

struct ferryi_bell {
    ferryi_pollable pollable;
    ferryi_thread *helper;            /* NULL: none, while there is nothing to watch */
    void (*watch)(ferryi_bell *bell); /* runs in the helper until ferryi_bell_is_ending */
    void *owner;                      /* the handle */
    atomic_bool ending;               /* the helper is to end */
};

/* Gives the pollable of a place, and makes it at the first call; has_news: with its helper, since
 * there is something to watch. *out is FERRY_POLLABLE_NONE when that fails. This call, resting,
 * resuming and closing are for one thread at a time for each place. */
ferry_status ferryi_bell_get(ferryi_bell_place *place, void (*watch)(ferryi_bell *bell),
                             void *owner, bool has_news, ferry_pollable *out, ferry_error *error);

/* Ends the helper, and leaves the pollable as it is. event: what the helper sleeps on, or NULL when
 * the end of its slice is to be awaited. */
void ferryi_bell_rest(ferryi_bell_place *place, const ferryi_event *event);

/* Starts a helper that rests anew, and sets the pollable. On failure there is no helper. */
ferry_status ferryi_bell_resume(ferryi_bell_place *place, ferry_error *error);

/* Sets it. From any thread, also from a signal handler. False: there is none. */
bool ferryi_bell_set(ferryi_bell_place *place);

/* Clears it; true: it was set, so that the caller has to look once more. */
bool ferryi_bell_clear(ferryi_bell_place *place);

/* Waits for it instead of the handle's event, on which only one may sleep: true, whatever came of
 * it. False: there is none. */
bool ferryi_bell_wait(ferryi_bell_place *place, int64_t timeout_ns);

/* Whether the helper is to end: the watch returns. */
bool ferryi_bell_is_ending(const ferryi_bell *bell);

/* Ends the helper and closes the pollable. event: as above. ours: not in a forked child, which has
 * no such thread. */
void ferryi_bell_close(ferryi_bell_place *place, const ferryi_event *event, bool ours);

#endif
