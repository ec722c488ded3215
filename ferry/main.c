/* ferry: looks at channels from outside. A verb says what to do. */
#include <stdio.h>
#include <string.h>

#include <frameferry/frameferry.h>

#include "host/host.h"
#include "shared/arguments.h"
#include "shared/line.h"
#include "shared/message.h"
#include "shared/near.h"
#include "verbs.h"

typedef struct verb {
    const char *name;
    const char *title; /* the beginning of its messages */
    const char *summary;
    int (*run)(int count, char **arguments);
} verb;

static const verb verbs[] = {
    {"list", "ferry list", "list the channels of this machine", verb_list},
    {"show", "ferry show", "show all there is to say about one channel", verb_show},
    {"top", "ferry top", "show the busiest channels, or one, again and again", verb_top},
    {"hz", "ferry hz", "measure the frame rate of a channel and its jitter", verb_hz},
    {"watch", "ferry watch", "tell what happens to channels, a line for each event", verb_watch},
    {"grab", "ferry grab", "save the newest frame of a channel as a picture", verb_grab},
    {"clean", "ferry clean", "remove what dead producers have left", verb_clean},
    {"doctor", "ferry doctor", "find what keeps frames from arriving, and what to do", verb_doctor},
};
enum { VERBS = sizeof verbs / sizeof verbs[0] };

/* Words that people type who know other programs of the kind. */
static const struct {
    const char *word;
    const char *verb;
} synonyms[] = {
    {"ls", "list"},      {"ps", "list"},      {"dir", "list"},        {"channels", "list"},
    {"info", "show"},    {"status", "show"},  {"stat", "show"},       {"inspect", "show"},
    {"monitor", "top"},  {"htop", "top"},     {"rate", "hz"},         {"fps", "hz"},
    {"bw", "top"},       {"events", "watch"}, {"follow", "watch"},    {"log", "watch"},
    {"cat", "grab"},     {"get", "grab"},     {"save", "grab"},       {"snapshot", "grab"},
    {"capture", "grab"}, {"rm", "clean"},     {"remove", "clean"},    {"bury", "clean"},
    {"prune", "clean"},  {"check", "doctor"}, {"diagnose", "doctor"},
};

static const verb *find(const char *name) {
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static const verb *find_meant(const char *word) {
    const verb *nearest = NULL;
    unsigned least = APP_NEAR_FAR;
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
        if (app_near_distance(synonyms[i].word, word) == 0 && find(synonyms[i].verb) != NULL)
            return find(synonyms[i].verb);
    for (size_t i = 0; i < VERBS; i++) {
        unsigned distance = app_near_distance(word, verbs[i].name);
        if (distance < least && (distance == 0 || app_near_is(word, verbs[i].name))) {
            nearest = &verbs[i];
            least = distance;
        }
    }
    return nearest;
}

static int print_help(void) {
    app_line line = APP_LINE_INIT;
    app_line_put_text(&line, "Usage: ferry VERB [OPTION]... [CHANNEL]\n"
                             "Look at image channels in shared memory without disturbing them.\n"
                             "Verbs:\n");
    for (size_t i = 0; i < VERBS; i++)
        app_line_print(&line, "  %-8s %s\n", verbs[i].name, verbs[i].summary);
    app_line_put_text(&line,
                      "Other: -h, --help  -v, -V, --version\n"
                      "ferry VERB --help tells the options of a verb, which all have --json.\n"
                      "Exit codes: 0 success, 1 failure, 2 wrong usage, 3 nothing found or "
                      "timeout.\n");
    app_line_put(&line, "", 1);
    int code = APP_EXIT_FAILED;
    if (line.is_cut)
        app_message_fail("out of memory");
    else
        code = app_arguments_print(line.text);
    app_line_free(&line);
    return code;
}

static int run(const verb *v, int count, char **arguments) {
    ferry_error error;
    app_message_start(v->title);
    if (host_catch_stop(NULL, NULL, &error) != FERRY_OK) {
        app_message_fail("%s", error.message);
        return APP_EXIT_FAILED;
    }
    return v->run(count, arguments);
}

/* Whether something has this name, so that it is a channel and not a verb that was mistyped. */
static bool is_channel(const char *word) {
    static ferry_peek found; /* a large one */
    return ferry_peek_look(word, &found, NULL) == FERRY_OK;
}

static int refuse(const char *word) {
    if (word[0] == '-')
        return app_message_usage("unknown option %s: a verb comes first, such as ferry list", word);
    const verb *meant = find_meant(word);
    if (is_channel(word))
        return app_message_usage("unknown verb \"%s\": to see the channel %s, type ferry show %s",
                                 word, word, word);
    if (meant != NULL)
        return app_message_usage("unknown verb \"%s\": did you mean ferry %s?", word, meant->name);
    return app_message_usage("unknown verb \"%s\"", word);
}

/* ferry help [VERB] */
static int help(int count, char **arguments) {
    char option[] = "--help";
    if (count < 2 || (count == 2 && strcmp(arguments[1], "help") == 0))
        return print_help();
    if (count > 2)
        return app_message_usage("ferry help takes one verb");
    const verb *v = find(arguments[1]);
    char *rest[] = {arguments[1], option, NULL};
    return v != NULL ? run(v, 2, rest) : refuse(arguments[1]);
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int main(int count, char **arguments) {
    host_secure_streams();
    host_take_arguments(&count, &arguments);
    app_message_start("ferry");
    if (count < 2) { /* as git does */
        int code = print_help();
        return code == APP_EXIT_FINE ? APP_EXIT_USAGE : code;
    }
    const char *word = arguments[1];
    if (is_one_of(word, "-h", "--help", "-?"))
        return print_help();
    if (is_one_of(word, "-v", "-V", "--version"))
        return app_arguments_print("ferry " FERRY_VERSION_STRING "\n");
    if (strcmp(word, "help") == 0)
        return help(count - 1, arguments + 1);
    const verb *v = find(word);
    return v != NULL ? run(v, count - 1, arguments + 1) : refuse(word);
}
