/* The command line of either program: its options.c is compiled into this target. One argument a
 * line of the input. */
#include <getopt.h>
#include <unistd.h>

#include "fuzz.h"
#include "options.h"
#include "shared/message.h"

enum { ARGUMENTS_MAX = 64 };

/* getopt_long remembers where it was in the last argument, which is gone. */
static void forget_the_last_line(void) {
    char *nothing[] = {(char[]){"fuzz"}, NULL};
    optind = 0;
    (void)getopt(1, nothing, ":");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    forget_the_last_line();
    char *text = fuzz_text(data, size);
    char *arguments[ARGUMENTS_MAX + 2] = {(char[]){"ferry"}};
    int count = 1;
    for (char *line = text; line != NULL && count <= ARGUMENTS_MAX;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        arguments[count++] = line;
        line = end != NULL ? end + 1 : NULL;
    }
    FUZZ_OPTIONS options;
    int code = options_parse(&options, count, arguments);
    FUZZ_CHECK(code == APP_EXIT_NONE || (code >= 0 && code <= 3));
    free(text);
    return 0;
}
