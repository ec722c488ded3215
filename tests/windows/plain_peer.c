/* A sender of the BaseImage kind that takes commands, as the one in ../process does:
 *
 *     plain_peer create NAME
 *         frame WIDTH HEIGHT BITS FILE   puts a frame in place from raw pixels; says sent
 *         raw FILE                       puts bytes in place, from the beginning; says sent
 *     plain_peer memory NAME             has 5,120 bytes of that name and no event, as another
 * program
 *
 * It ends with its input. */
#include <windows.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MAPPING_BYTES = 2048 * 4096 * 4, OTHER_BYTES = 5120, LINE_BYTES = 1024 };

typedef struct header {
    int32_t length, width, height, bit_count;
} header;

static void put_frame(uint8_t *memory, HANDLE event, const char *arguments) {
    header h = {0};
    char path[LINE_BYTES];
    if (sscanf(arguments, "%d %d %d %1000[^\r\n]", &h.width, &h.height, &h.bit_count, path) != 4)
        ExitProcess(1);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        ExitProcess(1);
    h.length = (int32_t)fread(memory + sizeof h, 1, MAPPING_BYTES - sizeof h, file);
    fclose(file);
    memcpy(memory, &h, sizeof h);
    SetEvent(event);
}

static void put_bytes(uint8_t *memory, HANDLE event, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(memory, 1, MAPPING_BYTES, file) == 0)
        ExitProcess(1);
    fclose(file);
    SetEvent(event);
}

/* Of another kind, with a message in it. */
static int keep_memory(const char *name) {
    char line[LINE_BYTES];
    HANDLE mapping =
        CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, OTHER_BYTES, name);
    char *memory = mapping == NULL ? NULL : MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    if (memory == NULL)
        return 1;
    strcpy(memory, "a message");
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
    }
    return strcmp(memory, "a message") == 0 ? 0 : 3; /* nobody has written into it */
}

int main(int count, char **arguments) {
    char name[300], line[LINE_BYTES];
    if (count == 3 && strcmp(arguments[1], "memory") == 0)
        return keep_memory(arguments[2]);
    if (count != 3 || strcmp(arguments[1], "create") != 0)
        return 2;
    snprintf(name, sizeof name, "%sMutex", arguments[2]);
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                                        MAPPING_BYTES, arguments[2]);
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, name);
    uint8_t *memory =
        mapping == NULL ? NULL : MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, MAPPING_BYTES);
    if (memory == NULL || event == NULL)
        return 1;
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strncmp(line, "frame ", 6) == 0)
            put_frame(memory, event, line + 6);
        else if (strncmp(line, "raw ", 4) == 0)
            put_bytes(memory, event, line + 4);
        else
            return 2;
        puts("sent");
        fflush(stdout);
    }
    return 0;
}
