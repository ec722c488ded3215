#include "shared/command.h"

#include <string.h>

#include "host/host.h"
#include "shared/message.h"

/* Where the word that begins at text ends: at a blank that is in no quotes. */
static const char *end_of_word(const char *text) {
    char quote = '\0';
    for (; *text != '\0'; text++) {
        if (quote != '\0') {
            quote = *text == quote ? '\0' : quote;
        } else if (*text == '"' || *text == '\'') {
            quote = *text;
        } else if (strchr(" \t\n", *text) != NULL) {
            break;
        } else if (*text == '\\' && text[1] != '\0') {
            text++;
        }
    }
    return text;
}

/* Operators of shells, as they stand between words. */
static bool is_operator(const char *word, size_t bytes) {
    static const char *const operators[] = {"|",  "|&", "||",  "&&",   ";",   "&",
                                            ">",  ">>", "<",   "<<<",  "2>",  "2>>",
                                            "&>", ">&", ">&2", "1>&2", "2>&1"};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strlen(operators[i]) == bytes && memcmp(operators[i], word, bytes) == 0)
            return true;
    return false;
}

/* Programs may have such words for arguments (find has ";"), so it is only a warning. */
static void warn_of_operators(const char *option, const char *command) {
    for (const char *at = command; *at != '\0';) {
        at += strspn(at, " \t\n");
        const char *end = end_of_word(at);
        if (is_operator(at, (size_t)(end - at))) {
            app_message_warn("%s runs no shell and passes \"%.*s\" on as an argument; for a shell, "
                             "write %s \"sh -c '...'\"",
                             option, (int)(end - at), at, option);
            return;
        }
        at = end;
    }
}

bool app_command_check(const char *option, const char *command) {
    ferry_error error;
    if (host_check_command(command, &error) != FERRY_OK) {
        app_message_fail("%s: %s", option, error.message);
        return false;
    }
    warn_of_operators(option, command);
    return true;
}
