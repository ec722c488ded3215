#include "shared/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/channel.h>
#include <frameferry/clock.h>
#include <frameferry/version.h>

#include "host/host.h"
#include "shared/line.h"
#include "shared/meant.h"
#include "shared/message.h"
#include "shared/parse.h"

/* More frequent figures are unreadable and cost more than they are worth. */
#define STATS_LEAST_NS (FERRY_SECOND_NS / 10)

/* The letters that all programs of frames have. */
static const app_arguments_letter usual[] = {{'h', "help"},    {'n', "name"},    {'q', "quiet"},
                                             {'v', "version"}, {'V', "version"}, {0, NULL}};

enum { FIRST_NUMBER = 256, WORD_BYTES = 64, LETTERS_BYTES = 64 };

void app_arguments_begin(void) {
    opterr = 0;
    optind = 1;
}

/* Lists the options that begin with the first letters of a word, when there are several. */
static bool list_candidates(app_line *out, const char *word, size_t bytes,
                            const struct option *options) {
    unsigned count = 0;
    for (const struct option *o = options; o->name != NULL && bytes > 0; o++) {
        if (strncmp(o->name, word, bytes) != 0)
            continue;
        app_line_print(out, "%s--%s", count > 0 ? ", " : "", o->name);
        count++;
    }
    app_line_put(out, "", 1);
    return count > 1 && !out->is_cut;
}

/* text has a word that names no option; shown is its length before a value. */
static void say_unknown(const char *text, int shown, const char *word,
                        const struct option *options) {
    app_meant_other other = app_meant_of_other(word, options);
    const char *meant = app_meant_option(word, options);
    if (meant == NULL && other.program == NULL)
        other = app_meant_near_other(word, options);
    if (other.program != NULL && app_meant_find(word, options) == NULL)
        app_message_usage("unknown option %.*s: %s has --%s, this program does not", shown, text,
                          other.program, other.option);
    else if (meant != NULL)
        app_message_usage("unknown option %.*s: did you mean --%s?", shown, text, meant);
    else
        app_message_usage("unknown option %s", text);
}

/* A long option, up to its '=', that getopt_long does not know, or not which. */
static void say_unknown_long(const char *text, const struct option *options) {
    const char *word = text + strspn(text, "-");
    size_t bytes = strcspn(word, "=");
    app_line candidates = APP_LINE_INIT;
    char name[WORD_BYTES] = "";
    if (bytes < sizeof name)
        memcpy(name, word, bytes);
    int shown = (int)(word - text + (ptrdiff_t)bytes);
    if (list_candidates(&candidates, word, bytes, options))
        app_message_usage("%.*s is ambiguous: it may be any of %s", shown, text, candidates.text);
    else
        say_unknown(text, shown, name, options);
    app_line_free(&candidates);
}

/* An abbreviation that is an option of the other program: --every does not mean --everyone. */
static bool is_of_other(const char *text, const struct option *options) {
    char name[WORD_BYTES] = "";
    const char *word = text + strspn(text, "-");
    size_t bytes = strcspn(word, "=");
    if (bytes < sizeof name)
        memcpy(name, word, bytes);
    if (app_meant_find(name, options) != NULL || app_meant_of_other(name, options).program == NULL)
        return false;
    say_unknown(text, (int)(word - text + (ptrdiff_t)bytes), name, options);
    return true;
}

int app_arguments_check_dashes_with(const char *text, const struct option *options,
                                    const app_arguments_letter *letters) {
    const char *word = app_meant_behind_dashes(text);
    char name[WORD_BYTES] = "";
    if (word == NULL)
        return APP_EXIT_NONE;
    size_t bytes = strcspn(word, "=");
    if (bytes < sizeof name)
        memcpy(name, word, bytes);
    const char *meant = app_meant_option(name, options);
    for (const app_arguments_letter *l = letters; l->name != NULL; l++)
        if (name[0] == l->letter && name[1] == '\0')
            meant = l->name;
    const char *rest = word + bytes;
    if (meant == NULL)
        return app_message_usage(
            "%s begins with a typographic dash instead of \"-\": type it as --%s", text, word);
    return app_message_usage(
        "%s begins with a typographic dash instead of \"-\": did you mean --%s%s?", text, meant,
        rest);
}

int app_arguments_check_dashes(const char *text, const struct option *options) {
    return app_arguments_check_dashes_with(text, options, usual);
}

/* The argument in which getopt_long has found a letter: it moves on from one at its last letter. */
static const char *find_argument(int count, char *const *arguments) {
    const char *text = optind < count ? arguments[optind] : "";
    bool is_here = text[0] == '-' && text[1] != '-' && text[1] != '\0';
    return is_here && strchr(text + 1, optopt) != NULL ? text : arguments[optind - 1];
}

/* Programs that have "-fps" for "--fps" are common. */
static void say_unknown_letter(int count, char *const *arguments, const struct option *options,
                               const app_arguments_letter *letters) {
    const char *text = find_argument(count, arguments);
    if (app_arguments_check_dashes_with(text, options, letters) != APP_EXIT_NONE)
        return;
    bool is_known = app_meant_option(text + 1, options) != NULL ||
                    app_meant_near_other(text + 1, options).program != NULL;
    if (is_known || text[1] == (char)optopt)
        say_unknown(text, (int)strlen(text), text + 1, options);
    else
        app_message_usage("unknown option -%c in %s", optopt, text);
}

static int complain(int answer, int count, char *const *arguments, const struct option *options,
                    const app_arguments_letter *letters) {
    const char *text = arguments[optind - 1];
    if (strncmp(text, "--", 2) == 0 && is_of_other(text, options))
        return APP_ARGUMENTS_WRONG;
    if (answer == ':')
        app_message_usage("%s needs a value", text);
    else if (optopt >= FIRST_NUMBER)
        app_message_usage("%s: this option takes no value", text);
    else if (optopt != 0)
        say_unknown_letter(count, arguments, options, letters);
    else
        say_unknown_long(text, options);
    return APP_ARGUMENTS_WRONG;
}

/* "-name" would be -n with the value "ame", which is never meant. */
static bool is_slip(const char *argument, const struct option *options) {
    bool is_joined = optarg != NULL && optarg == argument + 2;
    return is_joined && (app_meant_find(argument + 1, options) != NULL ||
                         app_meant_of_other(argument + 1, options).program != NULL);
}

static int number_of(int letter, const char *argument, const struct option *options,
                     const app_arguments_letter *letters) {
    if (is_slip(argument, options)) {
        if (!is_of_other(argument, options))
            app_message_usage("%s: did you mean -%s?", argument, argument);
        return APP_ARGUMENTS_WRONG;
    }
    for (const app_arguments_letter *l = letters; l->name != NULL; l++)
        if (l->letter == letter)
            return app_meant_find(l->name, options)->val;
    return APP_ARGUMENTS_WRONG;
}

/* The letters for getopt_long; the first ':' has it tell a missing value from an unknown letter. */
static void make_letters(char out[LETTERS_BYTES], const struct option *options,
                         const app_arguments_letter *letters) {
    size_t used = 0;
    out[used++] = ':';
    for (const app_arguments_letter *l = letters; l->name != NULL && used + 2 < LETTERS_BYTES;
         l++) {
        out[used++] = l->letter;
        if (app_meant_find(l->name, options)->has_arg == required_argument)
            out[used++] = ':';
    }
    out[used] = '\0';
}

int app_arguments_next_with(int count, char **arguments, const struct option *options,
                            const app_arguments_letter *letters) {
    char known[LETTERS_BYTES];
    make_letters(known, options, letters);
    int option = getopt_long(count, arguments, known, options, NULL);
    if (option == -1)
        return APP_ARGUMENTS_END;
    if (option == '?' || option == ':')
        return complain(option, count, arguments, options, letters);
    if (option < FIRST_NUMBER)
        return number_of(option, arguments[optind - 1], options, letters);
    bool is_apart = optarg != NULL && optarg == arguments[optind - 1];
    return is_of_other(arguments[optind - (is_apart ? 2 : 1)], options) ? APP_ARGUMENTS_WRONG
                                                                        : option;
}

int app_arguments_next(int count, char **arguments, const struct option *options) {
    return app_arguments_next_with(count, arguments, options, usual);
}

int app_arguments_print(const char *text) {
    ferry_error error;
    if (host_write(HOST_STREAM_OUTPUT, text, strlen(text), &error) == FERRY_OK)
        return APP_EXIT_FINE;
    app_message_fail("%s", error.message);
    return APP_EXIT_FAILED;
}

int app_arguments_choose_name(const char **name) {
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
        return app_message_usage("%s: %s", from, error.message);
    return APP_EXIT_NONE;
}

static int take_stats(const char *value, int64_t *interval_ns) {
    int64_t wanted_ns = 0;
    if (!app_parse_seconds(value, &wanted_ns) || wanted_ns < STATS_LEAST_NS)
        return app_message_usage("--stats needs seconds from 0.1 on, such as 1 or 60, not \"%s\"",
                                 value);
    *interval_ns = wanted_ns;
    return APP_EXIT_NONE;
}

static int take_count(const char *value, uint64_t *count) {
    if (!app_parse_whole(value, 1, UINT64_MAX, count))
        return app_message_usage("--count needs a whole number from 1 on, not \"%s\"", value);
    return APP_EXIT_NONE;
}

static int print_version(const char *program) {
    char text[64];
    snprintf(text, sizeof text, "%s " FERRY_VERSION_STRING "\n", program);
    return app_arguments_print(text);
}

int app_arguments_take(app_arguments *out, int option, const char *value, const char *help,
                       const char *program) {
    switch (option) {
    case APP_OPTION_NAME: out->name = value; break;
    case APP_OPTION_GROUP: return app_share_with_group(&out->share, value);
    case APP_OPTION_EVERYONE: return app_share_with_everyone(&out->share);
    case APP_OPTION_COUNT: return take_count(value, &out->count);
    case APP_OPTION_MATRIX: return app_yuv_parse_matrix(&out->yuv, value);
    case APP_OPTION_RANGE: return app_yuv_parse_range(&out->yuv, value);
    case APP_OPTION_JSON: out->json = true; break;
    case APP_OPTION_STATS: return take_stats(value, &out->stats_ns);
    case APP_OPTION_QUIET:
        out->quiet = true;
        app_message_set_quiet(true);
        break;
    case APP_OPTION_HELP: return app_arguments_print(help);
    case APP_OPTION_HELP_PORTS: return app_arguments_print(app_port_help);
    case APP_OPTION_VERSION: return print_version(program);
    default: return app_port_take(&out->port, option, value);
    }
    return APP_EXIT_NONE;
}
