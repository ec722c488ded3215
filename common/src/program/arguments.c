#include "arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frame.h>
#include <frameferry/host.h>

#include "line.h"
#include "message.h"
#include "near.h"
#include "parse.h"

/* More often than that nobody reads it, and it would cost more than it tells. */
#define STATS_LEAST_NS (FERRY_SECOND_NS / 10)

/* What getopt_long is told of the letters, and what they stand for. */
#define LETTERS ":hn:qvV"
static const struct {
    char letter;
    const char *name;
} letters[] = {{'h', "help"}, {'n', "name"}, {'q', "quiet"}, {'v', "version"}, {'V', "version"}};

enum { FIRST_NUMBER = 256, WORD_BYTES = 64 };

void ferryi_arguments_begin(void) {
    opterr = 0;
    optind = 1;
}

const char *ferryi_arguments_meant(const char *word, const struct option *options) {
    const char *nearest = NULL;
    unsigned least = FERRYI_NEAR_FAR;
    for (const struct option *o = options; o->name != NULL; o++) {
        unsigned distance = ferryi_near_distance(word, o->name);
        if (distance < least && ferryi_near_is(word, o->name)) {
            nearest = o->name;
            least = distance;
        }
    }
    return nearest;
}

/* Names the options that begin with so many letters of a word, when there are several. */
static bool list_candidates(ferryi_line *out, const char *word, size_t bytes,
                            const struct option *options) {
    unsigned count = 0;
    for (const struct option *o = options; o->name != NULL && bytes > 0; o++) {
        if (strncmp(o->name, word, bytes) != 0)
            continue;
        ferryi_line_print(out, "%s--%s", count > 0 ? ", " : "", o->name);
        count++;
    }
    ferryi_line_put(out, "", 1);
    return count > 1 && !out->is_cut;
}

/* A long option, up to its '=', that getopt_long does not know, or not which. */
static void say_unknown_long(const char *text, const struct option *options) {
    const char *word = text + strspn(text, "-");
    size_t bytes = strcspn(word, "=");
    ferryi_line candidates = FERRYI_LINE_INIT;
    char name[WORD_BYTES] = "";
    if (bytes < sizeof name)
        memcpy(name, word, bytes);
    const char *meant = ferryi_arguments_meant(name, options);
    int shown = (int)(word - text + (ptrdiff_t)bytes);
    if (list_candidates(&candidates, word, bytes, options))
        ferryi_message_usage("%.*s is cut too short: it may be any of %s", shown, text,
                             candidates.text);
    else if (meant != NULL)
        ferryi_message_usage("unknown option %.*s: did you mean --%s?", shown, text, meant);
    else
        ferryi_message_usage("unknown option %s", text);
    ferryi_line_free(&candidates);
}

/* The argument in which getopt_long has found a letter: it moves on from one at its last letter. */
static const char *find_argument(int count, char *const *arguments) {
    const char *text = optind < count ? arguments[optind] : "";
    bool is_here = text[0] == '-' && text[1] != '-' && text[1] != '\0';
    return is_here && strchr(text + 1, optopt) != NULL ? text : arguments[optind - 1];
}

/* Programs that have "-fps" for "--fps" are common. */
static void say_unknown_letter(int count, char *const *arguments, const struct option *options) {
    const char *text = find_argument(count, arguments);
    const char *meant = strlen(text) > 2 ? ferryi_arguments_meant(text + 1, options) : NULL;
    if (meant != NULL)
        ferryi_message_usage("unknown option %s: did you mean --%s?", text, meant);
    else if (text[1] == (char)optopt)
        ferryi_message_usage("unknown option %s", text);
    else
        ferryi_message_usage("unknown option -%c in %s", optopt, text);
}

static int complain(int answer, int count, char *const *arguments, const struct option *options) {
    const char *text = arguments[optind - 1];
    if (answer == ':')
        ferryi_message_usage("%s needs a value", text);
    else if (optopt >= FIRST_NUMBER)
        ferryi_message_usage("%s: this option takes no value", text);
    else if (optopt != 0)
        say_unknown_letter(count, arguments, options);
    else
        say_unknown_long(text, options);
    return FERRYI_ARGUMENTS_WRONG;
}

static const struct option *find_option(const char *name, const struct option *options) {
    while (options->name != NULL && strcmp(options->name, name) != 0)
        options++;
    return options;
}

/* "-name" is -n with the value "ame", and nobody means that. */
static bool is_slip(const char *argument, const struct option *options) {
    bool is_joined = optarg != NULL && optarg == argument + 2;
    return is_joined && find_option(argument + 1, options)->name != NULL;
}

static int number_of(int letter, const char *argument, const struct option *options) {
    if (is_slip(argument, options)) {
        ferryi_message_usage("%s: did you mean -%s?", argument, argument);
        return FERRYI_ARGUMENTS_WRONG;
    }
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].letter == letter)
            return find_option(letters[i].name, options)->val;
    return FERRYI_ARGUMENTS_WRONG;
}

int ferryi_arguments_next(int count, char **arguments, const struct option *options) {
    int option = getopt_long(count, arguments, LETTERS, options, NULL);
    if (option == -1)
        return FERRYI_ARGUMENTS_END;
    if (option == '?' || option == ':')
        return complain(option, count, arguments, options);
    return option < FIRST_NUMBER ? number_of(option, arguments[optind - 1], options) : option;
}

int ferryi_arguments_choose_name(const char **name) {
    const char *inherited = getenv("FERRY_NAME");
    const char *from = "--name";
    if (*name == NULL && inherited != NULL && *inherited != '\0') {
        *name = inherited;
        from = "the environment variable FERRY_NAME";
    }
    if (*name == NULL)
        *name = FERRY_DEFAULT_NAME;
    ferry_error error;
    if (ferry_name_check(*name, &error) != FERRY_OK)
        return ferryi_message_usage("%s: %s", from, error.message);
    return FERRYI_ARGUMENTS_RUN;
}

int ferryi_arguments_stats(const char *value, int64_t *interval_ns) {
    int64_t wanted_ns = 0;
    if (!ferryi_parse_seconds(value, &wanted_ns) || wanted_ns < STATS_LEAST_NS)
        return ferryi_message_usage(
            "--stats wants seconds from 0.1 on, such as 1 or 60, not \"%s\"", value);
    *interval_ns = wanted_ns;
    return FERRYI_ARGUMENTS_RUN;
}

int ferryi_arguments_print(const char *text) {
    ferry_error error;
    if (ferryi_host_write(FERRYI_STREAM_OUTPUT, text, strlen(text), &error) == FERRY_OK)
        return FERRYI_EXIT_FINE;
    ferryi_message_fail("%s", error.message);
    return FERRYI_EXIT_FAILED;
}
