#define _GNU_SOURCE
#include "host/linux/logind_conf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/linux/small_file.h"

enum { FILE_BYTES = 65536, FILES_MOST = 256, NAME_BYTES = 256, PATH_BYTES = 1024 };

/* ---- one file ---- */

/* The value of a yes or no; false: it is neither. */
static bool parse_yes(const char *word, bool *out) {
    static const char *const yes[] = {"1", "yes", "y", "true", "t", "on"};
    static const char *const no[] = {"0", "no", "n", "false", "f", "off"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        bool is_yes = strcasecmp(word, yes[i]) == 0;
        if (is_yes || strcasecmp(word, no[i]) == 0) {
            *out = is_yes;
            return true;
        }
    }
    return false;
}

static const char *const blanks = " \t\r";

/* Cuts the blanks around a text off. */
static char *trim(char *text) {
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

static void take_line(char *line, bool *is_in_login, bool *removes) {
    line = trim(line);
    char *sign = strchr(line, '=');
    if (line[0] == '[') {
        *is_in_login = strcmp(line, "[Login]") == 0;
    } else if (*is_in_login && line[0] != '#' && line[0] != ';' && sign != NULL) {
        *sign = '\0';
        if (strcmp(trim(line), "RemoveIPC") == 0)
            parse_yes(trim(sign + 1), removes);
    }
}

void host_logind_conf_parse(const char *text, bool *removes) {
    bool is_in_login = false;
    while (*text != '\0') {
        char line[512];
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1),
                 text);
        take_line(line, &is_in_login, removes);
        text += length;
        text += *text == '\n';
    }
}

/* ---- all files ---- */

/* The folders, the most important one first. */
static const char *const folders[] = {"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd",
                                      "/usr/lib/systemd"};
enum { FOLDERS = sizeof folders / sizeof folders[0] };

/* The files logind.conf.d/NAME of all folders, one for each name. */
typedef struct drop_in {
    char name[NAME_BYTES];
    unsigned folder;
} drop_in;

typedef struct drop_ins {
    drop_in file[FILES_MOST];
    size_t count;
} drop_ins;

static void read_file(const char *path, bool *removes, char text[static FILE_BYTES]) {
    if (host_small_file_read(path, text, FILE_BYTES, NULL))
        host_logind_conf_parse(text, removes);
}

static bool has_suffix(const char *name, const char *suffix) {
    size_t length = strlen(name), bytes = strlen(suffix);
    return length > bytes && strcmp(name + length - bytes, suffix) == 0;
}

/* A file hides those of its name in folders that come later. */
static void add(drop_ins *all, const char *name, unsigned folder) {
    if (!has_suffix(name, ".conf") || name[0] == '.' || strlen(name) >= NAME_BYTES)
        return;
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->file[i].name, name) == 0)
            return;
    if (all->count == FILES_MOST)
        return;
    drop_in *added = &all->file[all->count++];
    memcpy(added->name, name, strlen(name) + 1);
    added->folder = folder;
}

static void list(drop_ins *all, const char *root, unsigned folder) {
    enum { ENTRIES_MOST = 4096 };
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s%s/logind.conf.d", root, folders[folder]);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    const struct dirent *entry;
    for (int i = 0; i < ENTRIES_MOST && (entry = readdir(directory)) != NULL; i++)
        add(all, entry->d_name, folder);
    closedir(directory);
}

static int compare(const void *one, const void *other) {
    return strcmp(((const drop_in *)one)->name, ((const drop_in *)other)->name);
}

/* The main file is read first, and of its places only the first that has it. */
static void read_main(const char *root, bool *removes, char text[static FILE_BYTES]) {
    for (unsigned i = 0; i < FOLDERS; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s%s/logind.conf", root, folders[i]);
        if (host_small_file_read(path, text, FILE_BYTES, NULL)) {
            host_logind_conf_parse(text, removes);
            return;
        }
    }
}

bool host_logind_conf_removes(const char *root) {
    bool removes = true; /* where no file says it */
    char *text = malloc(FILE_BYTES);
    drop_ins *all = calloc(1, sizeof *all);
    if (text != NULL && all != NULL) {
        read_main(root, &removes, text);
        for (unsigned i = 0; i < FOLDERS; i++)
            list(all, root, i);
        qsort(all->file, all->count, sizeof all->file[0], compare);
        for (size_t i = 0; i < all->count; i++) {
            char path[PATH_BYTES];
            snprintf(path, sizeof path, "%s%s/logind.conf.d/%s", root, folders[all->file[i].folder],
                     all->file[i].name);
            read_file(path, &removes, text);
        }
    }
    free(all);
    free(text);
    return removes;
}
