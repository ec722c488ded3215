/* The channels that there are, and which of them are served. Any thread. */
#ifndef WEB_CHANNELS_H
#define WEB_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/line.h"
#include "shared/share.h"
#include "shared/survey.h"

typedef struct channels channels;

/* names: those that are served; none: all that the process may look at as a consumer. Both stay the
 * caller's. NULL without memory. */
channels *channels_open(const char *const *names, size_t count, const app_share *share);
void channels_close(channels *all); /* NULL is accepted */

typedef enum channels_answer {
    CHANNELS_SERVED,
    CHANNELS_NOT_SERVED, /* it is there, and not served */
    CHANNELS_MISSING     /* there is none of that name */
} channels_answer;

/* Looks for one. A name that was given to channels_open is served even while it is not there. */
channels_answer channels_find(channels *all, const char *name);

/* Puts a sentence about the names that are served and there into a line. */
void channels_put_list(channels *all, app_line *line);

/* Calls see for each channel, served or not, with what was seen within the last second. */
void channels_visit(channels *all,
                    void (*see)(void *argument, const app_survey_entry *entry, bool is_served),
                    void *argument);

#endif
