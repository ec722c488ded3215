/* A sender of the BaseImage kind that takes commands, as the one in ../process does:
 *
 *     plain_peer create NAME
 *         frame WIDTH HEIGHT BITS FILE   puts a frame in place from raw pixels; says sent
 *
 * It ends with its input. */
#include <windows.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { MAPPING_BYTES = 2048 * 4096 * 4, LINE_BYTES = 1024 };

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

int main(int count, char **arguments) {
    char name[300], line[LINE_BYTES];
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
        if (strncmp(line, "frame ", 6) != 0)
            return 2;
        put_frame(memory, event, line + 6);
        puts("sent");
        fflush(stdout);
    }
    return 0;
}
