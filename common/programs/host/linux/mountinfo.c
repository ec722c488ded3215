#define _GNU_SOURCE
#include "host/linux/mountinfo.h"

#include <stdio.h>
#include <string.h>

#include "host/linux/small_file.h"

enum { LINES_MOST = 16384, LINE_BYTES = 8192 };

static bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

/* Copies the next word, and goes behind it. False: there is none, or it was cut. */
static bool take_word(const char **from, char *out, size_t capacity) {
    const char *c = *from + strspn(*from, " ");
    size_t used = 0;
    bool is_cut = *c == '\0' || *c == '\n';
    while (*c != '\0' && *c != ' ' && *c != '\n') {
        char next = *c++;
        if (next == '\\' && is_octal(c[0]) && is_octal(c[1]) && is_octal(c[2])) {
            next = (char)(((c[0] - '0') << 6) | ((c[1] - '0') << 3) | (c[2] - '0'));
            c += 3;
        }
        if (used + 1 < capacity)
            out[used++] = next;
        else
            is_cut = true;
    }
    out[used] = '\0';
    *from = c;
    return !is_cut;
}

bool host_mountinfo_parse(host_mount *out, const char *line) {
    char word[32];
    const char *behind = strstr(line, " - "); /* a blank in a path is escaped */
    *out = (host_mount){.device = ""};
    take_word(&line, word, sizeof word);
    take_word(&line, word, sizeof word);
    if (behind == NULL || !take_word(&line, out->device, sizeof out->device) ||
        !take_word(&line, out->root, sizeof out->root) ||
        !take_word(&line, out->place, sizeof out->place))
        return false;
    take_word(&line, out->options, sizeof out->options);
    if (line > behind)
        return false;
    behind += strlen(" - ");
    bool has_kind = take_word(&behind, out->kind, sizeof out->kind);
    take_word(&behind, out->source, sizeof out->source);
    take_word(&behind, out->settings, sizeof out->settings);
    return has_kind;
}

bool host_mountinfo_visit(const char *path, bool (*see)(void *argument, const host_mount *mount),
                          void *argument) {
    char line[LINE_BYTES];
    FILE *mounts = fopen(path, "re");
    if (mounts == NULL)
        return false;
    bool has_any = false, goes_on = true;
    for (int i = 0; i < LINES_MOST && goes_on && host_small_file_line(mounts, line, sizeof line);
         i++) {
        host_mount mount;
        has_any = true;
        if (host_mountinfo_parse(&mount, line))
            goes_on = see(argument, &mount);
    }
    fclose(mounts);
    return has_any;
}

typedef struct search {
    const char *place;
    host_mount *found;
} search;

/* A later one covers those before it. */
static bool compare_place(void *argument, const host_mount *mount) {
    const search *s = argument;
    if (strcmp(mount->place, s->place) == 0)
        *s->found = *mount;
    return true;
}

bool host_mountinfo_find(host_mount *out, const char *path, const char *place) {
    *out = (host_mount){.device = ""};
    return host_mountinfo_visit(path, compare_place, &(search){place, out});
}

bool host_mountinfo_has(const char *list, const char *word, char *value, unsigned value_bytes) {
    size_t length = strlen(word);
    bool has_value = length > 0 && word[length - 1] == '=';
    while (*list != '\0') {
        size_t bytes = strcspn(list, ",");
        if (bytes >= length && strncmp(list, word, length) == 0 && (has_value || bytes == length)) {
            if (value != NULL)
                snprintf(value, value_bytes, "%.*s", (int)(bytes - length), list + length);
            return true;
        }
        list += bytes;
        list += *list == ',';
    }
    return false;
}
