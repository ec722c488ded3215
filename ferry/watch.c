/* ferry watch: what happens to channels, a line for each event. */
#include "verbs.h"

#include <getopt.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "host/host.h"
#include "news.h"
#include "options.h"
#include "shared/message.h"
#include "shared/output.h"
#include "shared/survey.h"
#include "shared/wall.h"
#include "sight.h"

static const char help[] =
    "Usage: ferry watch [OPTION]... [CHANNEL]\n"
    "Tell what happens to channels, a line for each event, until Ctrl-C: channels\n"
    "come, get live or idle, end, die and go; their pictures change size; consumers\n"
    "come, leave, die and are evicted. Things that come and go between two looks are\n"
    "not seen.\n"
    "  -n, --name NAME    the channel, which need not be there yet (default: all)\n"
    "  -d, --delay SECONDS  between two looks (default: 0.1)\n"
    "  --json             write an object for each event\n"
    "Other: -h, --help  -v, -V, --version\n"
    "Exit codes: 0 success, 1 failure, 2 wrong usage.\n";

enum { OPTION_DELAY = APP_OPTION_OWN };

static const struct option long_options[] = {
    OPTIONS_OF_ALL,
    OPTIONS_OF_CHANNEL,
    {"delay", required_argument, NULL, OPTION_DELAY},
    {NULL, 0, NULL, 0},
};
static const app_arguments_letter letters[] = {
    OPTIONS_LETTERS, OPTIONS_LETTERS_OF_CHANNEL, {'d', "delay"}, OPTIONS_LETTERS_END};

#define DELAY_USUAL_NS (FERRY_SECOND_NS / 10)

typedef struct watch {
    const char *channel; /* NULL: all */
    int64_t delay_ns;
    bool json;
    app_line line; /* what is told of the look */
    sight sight;   /* of the producers of the last look */
} watch;

static int take(void *argument, int option, const char *value) {
    (void)option;
    return options_parse_seconds("--delay", value, FERRY_SECOND_NS / 100,
                                 &((watch *)argument)->delay_ns);
}

static void tell(void *argument, const news_item *item) {
    watch *w = argument;
    if (w->json)
        news_put_json(&w->line, item);
    else
        news_put(&w->line, item);
}

/* The entry of that name, if anything has it. */
static app_survey_entry *find(const app_survey *s, const char *name) {
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->entries[i].name, name) == 0 && s->entries[i].status != FERRY_NO_PRODUCER)
            return &s->entries[i];
    return NULL;
}

static void compare(watch *w, const app_survey *before, const app_survey *now, bool is_first) {
    const news_reader reader = {.tell = tell,
                                .argument = w,
                                .time_us = app_wall_at(ferry_clock_ns()),
                                .is_first = is_first};
    for (size_t i = 0; i < before->count; i++) {
        app_survey_entry *old = &before->entries[i];
        if (old->status != FERRY_NO_PRODUCER && find(now, old->name) == NULL)
            news_compare(&reader, old, NULL, sight_fate(&w->sight, i));
    }
    for (size_t i = 0; i < now->count; i++) {
        app_survey_entry *old = find(before, now->entries[i].name);
        if (now->entries[i].status == FERRY_NO_PRODUCER)
            continue;
        size_t at = old != NULL ? (size_t)(old - before->entries) : SIZE_MAX;
        news_compare(&reader, old, &now->entries[i], sight_fate(&w->sight, at));
    }
    sight_renew(&w->sight, before, now);
}

/* Looks again and again; *before is the last look. */
static int follow(watch *w, app_survey *before, ferry_error *error) {
    uint64_t next_ns = ferry_clock_ns();
    for (bool is_first = true;; is_first = false) {
        app_survey now = {.names = w->channel != NULL ? &w->channel : NULL, .name_count = 1};
        if (app_survey_look(&now, error) != FERRY_OK) {
            app_message_fail("%s", error->message);
            return APP_EXIT_FAILED;
        }
        compare(w, before, &now, is_first);
        app_survey_free(before);
        *before = now;
        if (w->line.used > 0 && !app_output_line(&w->line))
            return APP_EXIT_FAILED;
        if (host_has_lost_reader()) { /* else the next event, in hours perhaps, would tell */
            app_message_fail("the reader of standard output has ended");
            return APP_EXIT_FAILED;
        }
        uint64_t now_ns = ferry_clock_ns();
        next_ns += (uint64_t)w->delay_ns;
        if (next_ns < now_ns)
            next_ns = now_ns + (uint64_t)w->delay_ns;
        if (host_sleep_until(next_ns))
            return APP_EXIT_FINE;
    }
}

int verb_watch(int count, char **arguments) {
    options_found found;
    watch w = {.delay_ns = DELAY_USUAL_NS, .line = APP_LINE_INIT};
    const options_plan plan = {.help = help,
                               .options = long_options,
                               .letters = letters,
                               .take = take,
                               .argument = &w,
                               .words_most = 1};
    int code = options_parse(&found, &plan, count, arguments);
    if (code == APP_EXIT_NONE)
        code = options_take_channel(&found, &w.channel);
    if (code != APP_EXIT_NONE)
        return code;
    ferry_error error;
    app_survey before = {.count = 0};
    w.json = found.json;
    code = follow(&w, &before, &error);
    app_survey_free(&before);
    app_line_free(&w.line);
    sight_free(&w.sight);
    return code;
}
