#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frame.h>

#include "message.h"

int ferryi_arguments_complain(int answer, char *const *arguments) {
    const char *text = arguments[optind - 1];
    if (answer == ':')
        return ferryi_message_usage("%s needs a value", text);
    if (optopt >= 256)
        return ferryi_message_usage("%s: this option takes no value", text);
    if (optopt != 0)
        return ferryi_message_usage("unknown option -%c", optopt);
    return ferryi_message_usage("unknown option, or one cut too short: %s", text);
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

int ferryi_arguments_print(const char *text) {
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return FERRYI_EXIT_FINE;
    ferryi_message_fail("cannot write to standard output: %s", strerror(errno));
    return FERRYI_EXIT_FAILED;
}
