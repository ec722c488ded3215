#include "missing.h"

#include <stdlib.h>
#include <string.h>

#include <frameferry/peek.h>

#include "shared/line.h"
#include "shared/message.h"
#include "shared/near.h"
#include "shared/share.h"

enum { NAMES_MOST = 256, SHOWN_MOST = 8 };

/* "Local\" and "Global\" are no part of the name in memory. */
static const char *plain_name(const char *channel) {
    const char *prefix = strrchr(channel, '\\');
    return prefix != NULL ? prefix + 1 : channel;
}

static const char *find_near(const char *name, const ferry_peek_name *names, size_t count) {
    const char *nearest = NULL;
    unsigned least = APP_NEAR_FAR;
    for (size_t i = 0; i < count; i++) {
        unsigned distance = app_near_distance(name, names[i].name);
        if (distance < least && app_near_is(name, names[i].name)) {
            nearest = names[i].name;
            least = distance;
        }
    }
    return nearest;
}

static void put_names(app_line *line, const ferry_peek_name *names, size_t count, size_t all) {
    app_line_put_text(line, all == 1 ? "; the only one is " : "; there are ");
    for (size_t i = 0; i < count && i < SHOWN_MOST; i++)
        app_line_print(line, "%s%s", i > 0 ? ", " : "", names[i].name);
    if (all > SHOWN_MOST)
        app_line_print(line, " and %zu more (ferry list)", all - SHOWN_MOST);
}

/* The name itself can be there, of a channel that is just coming or of what was begun of one. */
static void leave_out(ferry_peek_name *names, size_t *count, const char *name) {
    for (size_t i = 0; i < *count; i++)
        if (strcmp(names[i].name, name) == 0) {
            memmove(&names[i], &names[i + 1], (*count - i - 1) * sizeof *names);
            --*count;
            return;
        }
}

int missing_tell(const char *name) {
    app_line line = APP_LINE_INIT;
    size_t all = 0;
    ferry_peek_name *names = calloc(NAMES_MOST, sizeof *names);
    ferry_status status = FERRY_NO_MEMORY;
    if (names != NULL)
        status = ferry_peek_list(names, NAMES_MOST, &all, FERRY_PEEK_CHANNELS, NULL);
    size_t listed = all < NAMES_MOST ? all : NAMES_MOST, count = listed;
    leave_out(names, &count, plain_name(name));
    all -= listed - count;
    const char *meant = find_near(plain_name(name), names, count);
    app_line_print(&line, "there is no channel %s", name);
    if (meant != NULL)
        app_line_print(&line, ": did you mean %s?", meant);
    else if (all > 0)
        put_names(&line, names, count, all);
    else
        app_line_print(&line, "%s; start it with: ferry-producer --name %s ...",
                       status == FERRY_OK ? ", and no other one" : "", name);
    app_line_put(&line, "", 1);
    app_message_fail("%s", line.is_cut ? "out of memory" : line.text);
    app_share_tell_own_memory("producers");
    app_line_free(&line);
    free(names);
    return APP_EXIT_TIMED_OUT;
}

int missing_tell_all(bool everything) {
    if (everything)
        app_message_fail("there is neither a channel nor anything else that has a name which a "
                         "channel can have");
    else
        app_message_fail("there is no channel: start one with: ferry-producer --name NAME ...");
    app_share_tell_own_memory("producers");
    return APP_EXIT_TIMED_OUT;
}
