/* Attaching to the producer of a channel, leaving it, and following one producer after another. For
 * the main thread. */
#ifndef CONSUMER_ATTACH_H
#define CONSUMER_ATTACH_H

#include <stdbool.h>

#include "receive.h"

/* Waits for a producer and attaches to it, no longer than --wait, and than --timeout since
 * r->ready_ns. is_told: the user knows already that this may take time.
 * *exit_code is APP_EXIT_FINE when it returns false because the user asked to stop; anything
 * else has been reported. */
bool attach_open(receiver *r, bool is_told, int *exit_code);

/* Adds up what has been received and detaches. Nothing may be in hand. */
void attach_close(receiver *r);

/* Says that --timeout is over, and why no frame came. Returns the exit code. */
int attach_say_no_frame(const receiver *r, bool was_attached);

/* Ends a call that waits for a frame. May be called from a signal handler, and from a thread that
 * has something for the one which attached. */
void attach_interrupt(void);

/* Attaches and receives, with --reconnect from one producer after another. Returns the exit code;
 * what failed has been reported. */
int follow_producers(receiver *r);

#endif
