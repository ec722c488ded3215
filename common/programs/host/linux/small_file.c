#define _GNU_SOURCE
#include "host/linux/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool host_small_file_line(FILE *file, char *line, size_t capacity) {
    if (fgets(line, (int)capacity, file) == NULL)
        return false;
    size_t length = strcspn(line, "\n");
    if (line[length] == '\0') {
        int c;
        do
            c = fgetc(file);
        while (c != EOF && c != '\n');
    }
    line[length] = '\0';
    return true;
}

static size_t read_all(int descriptor, char *text, size_t bytes, int *code) {
    size_t used = 0;
    ssize_t got;
    do {
        got = read(descriptor, text + used, bytes - used);
        if (got > 0)
            used += (size_t)got;
    } while ((got > 0 && used < bytes) || (got < 0 && errno == EINTR));
    *code = got < 0 ? errno : 0;
    return used;
}

bool host_small_file_read(const char *path, char *text, size_t capacity, int *code) {
    int why = 0;
    struct stat about;
    text[0] = '\0';
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        why = errno;
    else if (fstat(descriptor, &about) != 0)
        why = errno;
    else if (!S_ISREG(about.st_mode))
        why = EINVAL;
    else
        text[read_all(descriptor, text, capacity - 1, &why)] = '\0';
    if (descriptor >= 0)
        close(descriptor);
    if (code != NULL)
        *code = why;
    return why == 0;
}
