/* ferry clean: removes what dead producers have left. */
#include "verbs.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <frameferry/bury.h>
#include <frameferry/clock.h>
#include <frameferry/guard.h>
#include <frameferry/peek.h>

#include "options.h"
#include "shared/human.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/wall.h"

static const char help[] =
    "Usage: ferry clean [OPTION]... [CHANNEL]...\n"
    "Remove what producers that were killed have left: names and memory. Without a\n"
    "channel: of all that are dead. A live producer's channel, what is no channel and\n"
    "what is another user's is left alone.\n"
    "  -n, --dry-run      only say what would be removed, and how much memory it has\n"
    "  --json             write an object for each channel, one per line\n"
    "Other: -h, --help  -v, -V, --version\n"
    "Exit codes: 0 success, also if there is nothing to clean; 1 failure, or a given\n"
    "channel is not dead; 2 wrong usage; 3 nothing is left of a given channel.\n";

enum { OPTION_DRY_RUN = APP_OPTION_OWN };

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {NULL, 0, NULL, 0},
};
static const app_arguments_letter letters[] = {
    OPTIONS_LETTERS, {'n', "dry-run"}, OPTIONS_LETTERS_END};

/* One run of the verb, and what has come of it. */
typedef struct cleaning {
    bool is_dry;
    bool json;
    app_line out;
    size_t channels; /* of which something was removed, or would be */
    size_t stay;     /* dead ones that had to stay, which has been told */
    uint64_t memory_bytes;
    bool has_failed, has_missed;
} cleaning;

/* ---- what is told ---- */

static const struct {
    uint32_t bit;
    const char *word;
} parts[] = {{FERRY_NAME_OF_FRAMES, "frames"},
             {FERRY_NAME_OF_CONSUMERS, "consumers"},
             {FERRY_NAME_OF_EVENT, "event"}};

static void put_parts(app_line *line, const char *key, uint32_t bits) {
    const char *between = "";
    app_json_key(line, key);
    app_line_put_text(line, "[");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if ((bits & parts[i].bit) == 0)
            continue;
        app_line_print(line, "%s\"%s\"", between, parts[i].word);
        between = ", ";
    }
    app_line_put_text(line, "]");
}

/* reason NULL: nothing stays that should go. */
static void put_object(cleaning *c, const char *name, const ferry_bury_report *r,
                       const char *reason) {
    const char *event = r->removed == 0 ? "kept" : c->is_dry ? "would_remove" : "removed";
    app_json_begin(&c->out, event, app_wall_at(ferry_clock_ns()));
    app_json_text(&c->out, "name", name);
    put_parts(&c->out, "removed", r->removed);
    put_parts(&c->out, "if_unused", r->if_unused);
    put_parts(&c->out, "left", r->left);
    app_json_number(&c->out, "memory_bytes", r->memory_bytes);
    app_json_number(&c->out, "consumers", r->consumers);
    app_json_text(&c->out, "reason", reason);
    app_json_end(&c->out);
}

static void put_sentence(cleaning *c, const char *name, const ferry_bury_report *r) {
    char size[APP_HUMAN_BYTES];
    app_human_size(size, r->memory_bytes);
    app_line_print(&c->out, "%s %s (%s", c->is_dry ? "would remove" : "removed", name, size);
    if (r->consumers > 0)
        app_line_print(&c->out, ", once its %s left",
                       r->consumers == 1 ? "consumer has" : "consumers have");
    app_line_put_text(&c->out, ")");
    if (r->if_unused != 0)
        app_line_put_text(&c->out, ", if no process uses it");
    app_line_put_text(&c->out, "\n");
}

static void put_sum(cleaning *c) {
    char size[APP_HUMAN_BYTES];
    app_human_size(size, c->memory_bytes);
    if (c->channels == 0 && c->stay > 0)
        app_line_put_text(&c->out,
                          c->is_dry ? "nothing would be removed\n" : "nothing was removed\n");
    else if (c->channels == 0)
        app_line_put_text(&c->out, "nothing to clean: no producer has left anything behind\n");
    else if (c->channels > 1)
        app_line_print(&c->out, "%s %zu channels (%s) in all\n",
                       c->is_dry ? "would remove" : "removed", c->channels, size);
}

/* ---- cleaning ---- */

/* Whether nobody has to hear why a channel stays that was not asked for: it lives, or it is none.
 */
static bool goes_without_saying(ferry_status status, const char *name) {
    static ferry_peek seen; /* a large one */
    switch (status) {
    case FERRY_BUSY:
    case FERRY_NO_PRODUCER:
    case FERRY_WRONG_VERSION: return true;
    case FERRY_FOREIGN:
    case FERRY_NOT_ALLOWED:
        return ferry_peek_look(name, &seen, NULL) != FERRY_OK ||
               (seen.state != FERRY_PEEK_DEAD && seen.state != FERRY_PEEK_ENDED);
    default: return false;
    }
}

static void note_failure(cleaning *c, ferry_status status) {
    if (status == FERRY_NO_PRODUCER)
        c->has_missed = true;
    else
        c->has_failed = true;
}

/* is_wanted: the user has named it. */
static void clean_one(cleaning *c, const char *name, bool is_wanted) {
    ferry_bury_report r;
    ferry_error error;
    ferry_status status = ferry_channel_bury(name, c->is_dry ? FERRY_BURY_DRY_RUN : 0, &r, &error);
    bool is_told = status != FERRY_OK && (is_wanted || !goes_without_saying(status, name));
    if (r.removed != 0) {
        c->channels++;
        c->memory_bytes += r.memory_bytes;
        if (!c->json)
            put_sentence(c, name, &r);
    }
    if (c->json && (r.removed != 0 || is_told))
        put_object(c, name, &r, status != FERRY_OK ? error.message : NULL);
    if (!is_told)
        return;
    if (is_wanted) {
        app_message_fail("%s", error.message);
        note_failure(c, status);
    } else { /* dead, and it has to stay */
        app_message_warn("%s stays: %s", name, error.message);
        c->stay++;
    }
}

static void clean_list(cleaning *c, char **names, size_t count) {
    for (size_t i = 0; i < count; i++)
        clean_one(c, names[i], true);
}

/* Names that come between the two calls are those of live producers. */
static ferry_status clean_all(cleaning *c, ferry_error *error) {
    enum { MARGIN = 64 };
    size_t count, room;
    ferry_status status = ferry_peek_list(NULL, 0, &count, FERRY_PEEK_CHANNELS, error);
    if (status != FERRY_OK)
        return status;
    room = count + MARGIN;
    ferry_peek_name *names = calloc(room, sizeof *names);
    if (names == NULL) {
        snprintf(error->message, sizeof error->message, "out of memory");
        return FERRY_NO_MEMORY;
    }
    status = ferry_peek_list(names, room, &count, FERRY_PEEK_CHANNELS, error);
    for (size_t i = 0; status == FERRY_OK && i < count && i < room; i++)
        clean_one(c, names[i].name, false);
    free(names);
    return status;
}

static int clean(cleaning *c, const options_found *found) {
    ferry_error error;
    ferry_status status = FERRY_OK;
    if (found->list_count > 0)
        clean_list(c, found->list, found->list_count);
    else
        status = clean_all(c, &error);
    if (status != FERRY_OK) {
        app_message_fail("%s", error.message);
        c->has_failed = true;
    }
    bool has_word = found->list_count == 0 && status == FERRY_OK;
    if (!c->json && (has_word || c->channels > 1))
        put_sum(c);
    if ((c->out.used > 0 || c->out.is_cut) && !app_output_line(&c->out))
        return APP_EXIT_FAILED;
    if (c->has_failed)
        return APP_EXIT_FAILED;
    return c->has_missed ? APP_EXIT_TIMED_OUT : APP_EXIT_FINE;
}

static int take(void *argument, int option, const char *value) {
    (void)value;
    if (option == OPTION_DRY_RUN)
        ((cleaning *)argument)->is_dry = true;
    return APP_EXIT_NONE;
}

static int check_names(const options_found *found) {
    ferry_error error;
    for (size_t i = 0; i < found->list_count; i++)
        if (ferry_name_check(found->list[i], &error) != FERRY_OK)
            return app_message_usage("%s", error.message);
    return APP_EXIT_NONE;
}

int verb_clean(int count, char **arguments) {
    options_found found;
    cleaning c = {.out = APP_LINE_INIT};
    const options_plan plan = {.help = help,
                               .options = long_options,
                               .letters = letters,
                               .take = take,
                               .argument = &c,
                               .takes_list = true};
    int code = options_parse(&found, &plan, count, arguments);
    if (code == APP_EXIT_NONE)
        code = check_names(&found);
    if (code != APP_EXIT_NONE)
        return code;
    if (ferry_guard_install() != FERRY_OK)
        app_message_warn("shared memory that another process cuts short ends this program");
    c.json = found.json;
    code = clean(&c, &found);
    app_line_free(&c.out);
    return code;
}
