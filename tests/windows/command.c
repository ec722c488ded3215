/* A command for --exec and --launch, in the test's words: reads standard input, says what it has
 * got as a line of JSON without what needs escaping, and exits with a code.
 *
 *   command CODE     reads all, says its line, and exits
 *   command stay     starts another one that does nothing, says "stays" and does nothing too */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

static int stay(const char *program) {
    char command[1024];
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION made;
    snprintf(command, sizeof command, "\"%s\" sleep", program);
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &made))
        return 1;
    printf("stays\n");
    fflush(stdout);
    Sleep(INFINITE);
    return 1;
}

int main(int count, char **arguments) {
    static unsigned char bytes[65536];
    unsigned long long total = 0, sum = 0;
    if (count > 1 && strcmp(arguments[1], "stay") == 0)
        return stay(arguments[0]);
    if (count > 1 && strcmp(arguments[1], "sleep") == 0)
        Sleep(INFINITE);
    _setmode(0, _O_BINARY);
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, stdin)) > 0; total += got)
        for (size_t i = 0; i < got; i++)
            sum += bytes[i];
    printf("{\"name\": \"%s\", \"frame\": %s, \"width\": %s, \"height\": %s, \"format\": \"%s\", "
           "\"bytes\": %s, \"camera\": \"%s\", \"read\": %llu, \"sum\": %llu}\n",
           variable("FERRY_NAME"), variable("FERRY_FRAME"), variable("FERRY_WIDTH"),
           variable("FERRY_HEIGHT"), variable("FERRY_FORMAT"), variable("FERRY_BYTES"),
           variable("FERRY_META_CAMERA"), total, sum);
    return count > 1 ? (int)strtoul(arguments[1], NULL, 0) : 0;
}
