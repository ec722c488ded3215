#include "shared/meant.h"

#include <getopt.h>
#include <string.h>

#include "shared/near.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* Options that one of the programs has alone: a program has the table of its own only. */
static const char *const of_producer[] = {
    "loop",     "skip-bad",       "raw",       "slots",         "capacity",
    "early",    "meta",           "row-align", "bottom-up",     "launch",
    "linger",   "no-auto-orient", "no-wait",   "wait-consumer", "stall-limit",
    "max-held", "when-full",      "requests",  "token-file",    "cacert"};
static const char *const of_consumer[] = {
    "latest",      "every",          "reconnect", "bare-16bit", "bare-format",
    "bare-images", "bare-bottom-up", "wait",      "timeout",    "save",
    "overwrite",   "jobs",           "write",     "as",         "scale",
    "exec",        "exec-timeout",   "print",     "to"};

static const char *const of_web[] = {"listen", "host",        "token-file", "cert",
                                     "key",    "connections", "memory"};

static const struct {
    const char *name;
    const char *const *options;
    size_t count;
} programs[] = {{"ferry-producer", of_producer, COUNT(of_producer)},
                {"ferry-consumer", of_consumer, COUNT(of_consumer)},
                {"ferry-web", of_web, COUNT(of_web)}};

/* Words that programs of the kind, and people, have for options of ours. One may stand for
 * several options, of which one program has the first and the other the second. */
static const struct {
    const char *word;
    const char *option;
} synonyms[] = {
    {"?", "help"},
    {"usage", "help"},
    {"silent", "quiet"},
    {"channel", "name"},
    {"rate", "fps"},
    {"framerate", "fps"},
    {"frame-rate", "fps"},
    {"frames", "count"},
    {"num-frames", "count"},
    {"limit", "count"},
    {"repeat", "loop"},
    {"pix-fmt", "format"},
    {"pixfmt", "format"},
    {"pixel-format", "format"},
    {"colorspace", "matrix"},
    {"color-range", "range"},
    {"max-size", "capacity"},
    {"buffers", "slots"},
    {"command", "exec"},
    {"command", "launch"},
    {"run", "exec"},
    {"run", "launch"},
    {"newest", "latest"},
    {"last", "latest"},
    {"all", "every"},
    {"output", "save"},
    {"out", "save"},
    {"o", "save"},
    {"dir", "save"},
    {"directory", "save"},
    {"force", "overwrite"},
    {"threads", "jobs"},
    {"statistics", "stats"},
};

const struct option *app_meant_find(const char *name, const struct option *options) {
    for (const struct option *o = options; o->name != NULL; o++)
        if (strcmp(o->name, name) == 0)
            return o;
    return NULL;
}

static bool is_synonym(size_t i, const char *word) {
    return app_near_distance(synonyms[i].word, word) == 0;
}

const char *app_meant_option(const char *word, const struct option *options) {
    const char *nearest = NULL;
    unsigned least = APP_NEAR_FAR;
    for (const struct option *o = options; o->name != NULL; o++) {
        unsigned distance = app_near_distance(word, o->name);
        if (distance < least && (distance == 0 || app_near_is(word, o->name))) {
            nearest = o->name;
            least = distance;
        }
    }
    for (size_t i = 0; i < COUNT(synonyms) && least > 0; i++)
        if (is_synonym(i, word) && app_meant_find(synonyms[i].option, options) != NULL)
            return synonyms[i].option;
    return nearest;
}

/* The nearest one, at most so far away. */
static app_meant_other find_other(const char *word, const struct option *options, unsigned most) {
    app_meant_other found = {.program = NULL};
    unsigned least = most + 1;
    for (size_t p = 0; p < COUNT(programs); p++)
        for (size_t i = 0; i < programs[p].count; i++) {
            const char *option = programs[p].options[i];
            unsigned distance = app_near_distance(word, option);
            if (distance < least && (distance == 0 || app_near_is(word, option)) &&
                app_meant_find(option, options) == NULL) {
                found = (app_meant_other){.program = programs[p].name, .option = option};
                least = distance;
            }
        }
    return found;
}

app_meant_other app_meant_of_other(const char *word, const struct option *options) {
    return find_other(word, options, 0);
}

app_meant_other app_meant_near_other(const char *word, const struct option *options) {
    for (size_t i = 0; i < COUNT(synonyms); i++)
        if (is_synonym(i, word))
            word = synonyms[i].option;
    return find_other(word, options, APP_NEAR_FAR - 1);
}

/* Hyphens and dashes of Unicode (U+2010 to U+2015), the minus sign (U+2212), the small and the wide
 * ones, and the "-" of ASCII: the bytes that it takes; 0: it is none. */
static size_t dash_bytes(const char *text) {
    static const char *const dashes[] = {"-",
                                         "\xe2\x80\x90",
                                         "\xe2\x80\x91",
                                         "\xe2\x80\x92",
                                         "\xe2\x80\x93",
                                         "\xe2\x80\x94",
                                         "\xe2\x80\x95",
                                         "\xe2\x88\x92",
                                         "\xef\xb9\x98",
                                         "\xef\xb9\xa3",
                                         "\xef\xbc\x8d"};
    for (size_t i = 0; i < COUNT(dashes); i++)
        if (strncmp(text, dashes[i], strlen(dashes[i])) == 0)
            return strlen(dashes[i]);
    return 0;
}

const char *app_meant_behind_dashes(const char *word) {
    size_t at = 0;
    bool has_others = false;
    for (size_t bytes; (bytes = dash_bytes(word + at)) > 0; at += bytes)
        has_others = has_others || bytes > 1;
    return has_others && word[at] != '\0' ? word + at : NULL;
}
