/* Starting a consumer when none is attached, and starting it again when it dies. A state machine
 * that the producer's loop asks before each frame, and again and again while it waits; it never
 * blocks. For the main thread. */
#ifndef PRODUCER_LAUNCH_H
#define PRODUCER_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include <frameferry/child.h>
#include <frameferry/frameferry.h>

/* A command that ends with 0 before a frame was sent may have put itself, or what it starts, into
 * the background. So it is waited for as if it still ran. */
typedef enum launch_verdict {
    LAUNCH_SEND,      /* go on */
    LAUNCH_WAIT,      /* no consumer is attached yet: ask again in a moment */
    LAUNCH_FINISHED,  /* the program ended well, frames were sent to it or to what it had started,
                         and no consumer is left: the stream is over */
    LAUNCH_TIMED_OUT, /* no consumer attached in time, which has been reported; the program, if it
                         runs, is left alone */
    LAUNCH_FAILED     /* it cannot be started, or keeps dying, which has been said */
} launch_verdict;

typedef enum launch_state {
    LAUNCH_NOT_STARTED,
    LAUNCH_RUNNING,
    LAUNCH_DIED, /* with a failure */
    LAUNCH_DONE  /* ended with 0, or in an unknown way */
} launch_state;

typedef struct launch {
    /* Set by launch_init. */
    ferry_producer *producer; /* NULL once it is closed, and for a port */
    const uint64_t *sent;     /* to a port, whose receivers never attach; NULL: it is a channel */
    const char *command;      /* NULL: nothing is ever started, and every verdict is LAUNCH_SEND */
    const char *channel;
    int64_t limit_ns;     /* how long a started program may take to attach */
    bool waits;           /* false: frames are sent whether or not anybody is attached */
    bool shows_progress;  /* on the terminal, so that a program of ours has to show none there */
    bool may_stay_silent; /* in the dialect: a program may take part and never attach */

    launch_state state;
    ferry_child *child;
    uint64_t started_ns;   /* when the child was started */
    uint64_t sent_before;  /* how many frames had been published then */
    bool has_attached;     /* someone was attached since then */
    bool ended_unserved;   /* the child ended before a frame was published in its time */
    bool is_end_known;     /* how the child ended is known */
    unsigned quick_deaths; /* in a row */
    uint64_t lonely_ns;    /* since when no consumer has been attached; 0: one is */
    uint64_t waiting_ns;   /* since when the verdict has been LAUNCH_WAIT; 0: it was not */
} launch;

void launch_init(launch *l, ferry_producer *producer, const char *command, const char *channel);

/* Decides what to do now. */
launch_verdict launch_tick(launch *l);

/* After the channel has been closed: waits for a child that still runs, with a message if that
 * takes long. When the user asks to stop (once more), and soon if it never attached, it is left to
 * itself. Returns whether the child, if there was one, ended well or goes on. */
bool launch_finish(launch *l);

#endif
