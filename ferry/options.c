#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <frameferry/channel.h>
#include <frameferry/clock.h>

#include "shared/meant.h"
#include "shared/message.h"
#include "shared/parse.h"

static int take(options_found *out, const options_plan *plan, int option, const char *value) {
    app_arguments usual = {.name = NULL};
    switch (option) {
    case APP_OPTION_NAME: out->name = value; return APP_EXIT_NONE;
    case APP_OPTION_JSON: out->json = true; return APP_EXIT_NONE;
    case APP_OPTION_HELP:
    case APP_OPTION_VERSION: return app_arguments_take(&usual, option, value, plan->help, "ferry");
    default: return plan->take(plan->argument, option, value);
    }
}

static int take_word(options_found *out, const options_plan *plan, const char *word) {
    if (app_arguments_check_dashes_with(word, plan->options, plan->letters) != APP_EXIT_NONE)
        return APP_EXIT_USAGE;
    if (plan->takes_list) {
        out->list_count++;
        return APP_EXIT_NONE;
    }
    if (out->words < plan->words_most) {
        out->word[out->words++] = word;
        return APP_EXIT_NONE;
    }
    if (app_meant_find(word, plan->options) != NULL)
        return app_message_usage("\"%s\" is not an option: did you mean --%s?", word, word);
    return app_message_usage("unexpected argument \"%s\"", word);
}

int options_parse(options_found *out, const options_plan *plan, int count, char **arguments) {
    int option, code = APP_EXIT_NONE;
    *out = (options_found){.json = false};
    app_arguments_begin();
    while ((option = app_arguments_next_with(count, arguments, plan->options, plan->letters)) !=
           APP_ARGUMENTS_END) {
        code = option == APP_ARGUMENTS_WRONG ? APP_EXIT_USAGE : take(out, plan, option, optarg);
        if (code != APP_EXIT_NONE)
            return code;
    }
    /* getopt_long has moved them behind the options. */
    out->list = arguments + optind;
    for (int i = optind; i < count && code == APP_EXIT_NONE; i++)
        code = take_word(out, plan, arguments[i]);
    return code;
}

int options_take_channel(const options_found *found, const char **name) {
    const char *word = found->words > 0 ? found->word[0] : NULL;
    ferry_error error;
    if (word != NULL && found->name != NULL)
        return app_message_usage("--name %s and \"%s\" are two channels: leave one of them out",
                                 found->name, word);
    *name = word != NULL ? word : found->name;
    if (*name != NULL && ferry_name_check(*name, &error) != FERRY_OK)
        return app_message_usage("%s", error.message);
    return APP_EXIT_NONE;
}

int options_choose_channel(const options_found *found, const char **name) {
    int code = options_take_channel(found, name);
    return code == APP_EXIT_NONE ? app_arguments_choose_name(name) : code;
}

int options_parse_seconds(const char *option, const char *value, int64_t least_ns, int64_t *out) {
    int64_t wanted_ns = 0;
    char from[40] = "";
    if (least_ns > 0)
        snprintf(from, sizeof from, " from %g on", (double)least_ns / FERRY_SECOND_NS);
    if (!app_parse_seconds(value, &wanted_ns) || wanted_ns < least_ns)
        return app_message_usage("%s needs seconds%s, such as 10 or 0.5, not \"%s\"", option, from,
                                 value);
    *out = wanted_ns;
    return APP_EXIT_NONE;
}
