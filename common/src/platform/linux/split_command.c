#include "platform/linux/split_command.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "support/error.h"

typedef struct splitter {
    const char *in;
    char *out;
} splitter;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

/* Takes what follows a backslash; false: nothing does. */
static bool take_escaped(splitter *s, bool in_quotes) {
    char c = *s->in;
    if (c == '\0')
        return false;
    s->in++;
    if (c == '\n')
        return true;
    if (in_quotes && strchr("$`\"\\", c) == NULL)
        *s->out++ = '\\';
    *s->out++ = c;
    return true;
}

/* Takes the rest of a quoted part and its closing quote; false: the command ends before that. */
static bool take_quoted(splitter *s, char quote) {
    while (*s->in != quote) {
        char c = *s->in;
        if (c == '\0')
            return false;
        s->in++;
        if (c != '\\' || quote == '\'')
            *s->out++ = c;
        else if (!take_escaped(s, true))
            return false;
    }
    s->in++;
    return true;
}

/* Takes one word; returns NULL, or what is wrong with it. */
static const char *take_word(splitter *s) {
    while (*s->in != '\0' && !is_blank(*s->in)) {
        char c = *s->in++;
        if (c == '\'' || c == '"') {
            if (!take_quoted(s, c))
                return c == '"' ? "a double quote is not closed" : "a single quote is not closed";
        } else if (c != '\\') {
            *s->out++ = c;
        } else if (!take_escaped(s, false)) {
            return "nothing follows the last backslash";
        }
    }
    *s->out++ = '\0';
    return NULL;
}

/* Blanks, and line ends that a backslash takes away, begin no word. */
static void skip_between(splitter *s) {
    for (;;) {
        if (is_blank(*s->in))
            s->in++;
        else if (s->in[0] == '\\' && s->in[1] == '\n')
            s->in += 2;
        else
            return;
    }
}

ferry_status ferryi_split_command(ferryi_split_words *out, const char *command,
                                  ferry_error *error) {
    size_t length = strlen(command);
    /* No word is longer than its source, and each but the last is followed by a blank. */
    ferryi_split_words words = {.list = calloc(length / 2 + 2, sizeof *words.list),
                                .text = malloc(length + 1)};
    const char *fault = NULL;
    if (words.list == NULL || words.text == NULL) {
        ferryi_split_command_free(&words);
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to split a command into words");
    }
    splitter s = {.in = command, .out = words.text};
    for (skip_between(&s); *s.in != '\0' && fault == NULL; skip_between(&s)) {
        words.list[words.count++] = s.out;
        fault = take_word(&s);
    }
    if (fault == NULL && words.count == 0)
        fault = "it is empty";
    if (fault != NULL) {
        ferryi_split_command_free(&words);
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "the command \"%s\" cannot be run: %s",
                           command, fault);
    }
    *out = words;
    return FERRY_OK;
}

void ferryi_split_command_free(ferryi_split_words *words) {
    free(words->list);
    free(words->text);
    *words = (ferryi_split_words){.list = NULL};
}
