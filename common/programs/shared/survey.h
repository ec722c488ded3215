/* Looks at channels again and again from outside (peek.h), and what has happened between two looks:
 * rates, and consumers that do not advance. For one thread. */
#ifndef APP_SURVEY_H
#define APP_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <frameferry/peek.h>

#include "shared/line.h"

/* More channels than this are not looked at. */
#define APP_SURVEY_MAX 4096

/* Between two looks that are only made for the rates. */
#define APP_SURVEY_PAUSE_NS (3 * (uint64_t)FERRY_SECOND_NS / 10)

/* With room for "Global\". */
#define APP_SURVEY_NAME_BYTES (FERRY_NAME_MAX + 16)

/* The changes between two looks at the same producer. */
typedef struct app_survey_rates {
    bool are_known; /* false: there was one look only, or no producer that lives, or it was another
                     */
    double fps;     /* by the times at which frames were published; 0: none was */
    double fps_below; /* greater than 0: no frame came, but the stream is not idle, so that it has
                         fewer frames a second than this */
    double bytes_per_second; /* of pixels */
    double dropped_per_second;
} app_survey_rates;

/* One consumer between two looks. */
typedef struct app_survey_consumer {
    double fps;           /* frames that it received; below 0: not known */
    uint64_t stalled_ns;  /* for so long it has not advanced although frames wait for it */
    uint64_t advanced_ns; /* private: when it was seen to advance last */
} app_survey_consumer;

/* A channel as it was last seen. */
typedef struct app_survey_entry {
    char name[APP_SURVEY_NAME_BYTES];
    /* Of the look. FERRY_OK; FERRY_NO_PRODUCER: nothing has the name; another one: peek.detail says
     * what has failed. */
    ferry_status status;
    uint64_t looked_ns;
    ferry_peek peek; /* all zeros unless status is FERRY_OK, but for detail */
    app_survey_rates rates;
    app_survey_consumer consumer[FERRY_MAX_CONSUMERS]; /* as peek.consumer */
    unsigned alive, dead;                              /* consumers */
} app_survey_entry;

/* Starts as all zeros but for the first block. */
typedef struct app_survey {
    const char *const *names; /* the channels; NULL: all that there are */
    size_t name_count;
    uint32_t which; /* a ferry_peek_which, if names is NULL */

    app_survey_entry *entries; /* sorted by name, if names is NULL; else in the order of names */
    size_t count;
    size_t left_out; /* beyond APP_SURVEY_MAX */
} app_survey;

/* Looks at all of them, once. Of all channels that there are, those that go meanwhile are left out.
 * Returns FERRY_OK; FERRY_NOT_SUPPORTED: this system has no list of channels; as ferry_peek_list
 * else. */
ferry_status app_survey_look(app_survey *s, ferry_error *error);

/* Looks twice, APP_SURVEY_PAUSE_NS apart, so that rates are known; once if the user asks to stop
 * meanwhile. */
ferry_status app_survey_look_twice(app_survey *s, ferry_error *error);

void app_survey_free(app_survey *s);

/* The name of a state, also for an entry whose status is not FERRY_OK. */
const char *app_survey_state_text(const app_survey_entry *entry);

/* Puts the fields of an object "channel" of docs/json.md into a line, each with a comma before it.
 */
void app_survey_put_json(app_line *line, const app_survey_entry *entry);

#endif
