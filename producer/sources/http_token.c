#include "sources/http_token.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host/inside.h"

static ferry_status read_file(const char *file, char line[HTTP_TOKEN_MAX + 3], ferry_error *error) {
    FILE *stream = fopen(file, "rb");
    if (stream == NULL)
        return ferryi_fail_errno(error, errno, "the token in %.200s cannot be read", file);
    bool is_read = fgets(line, HTTP_TOKEN_MAX + 3, stream) != NULL;
    int code = ferror(stream) ? errno : 0;
    fclose(stream);
    if (is_read)
        return FERRY_OK;
    if (code != 0)
        return ferryi_fail_errno(error, code, "the token in %.200s cannot be read", file);
    return ferryi_fail(error, FERRY_UNREADABLE, 0, "there is no token in %.300s", file);
}

ferry_status http_token_read(char out[HTTP_TOKEN_MAX + 1], const char *file, const char *text,
                             ferry_error *error) {
    char line[HTTP_TOKEN_MAX + 3] = "";
    const char *origin = file != NULL ? file : "FERRY_TOKEN";
    ferry_status status = FERRY_OK;
    if (file != NULL)
        status = read_file(file, line, error);
    else if (text != NULL)
        snprintf(line, sizeof line, "%s", text);
    if (status != FERRY_OK)
        return status;
    const char *begin = line + strspn(line, " \t");
    size_t length = strcspn(begin, "\r\n");
    while (length > 0 && (begin[length - 1] == ' ' || begin[length - 1] == '\t'))
        length--;
    if (length > HTTP_TOKEN_MAX)
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "the token in %.300s has more than %u characters", origin,
                           HTTP_TOKEN_MAX);
    if (length == 0 && file != NULL)
        return ferryi_fail(error, FERRY_UNREADABLE, 0,
                           "there is no token in the first line of %.300s", file);
    for (size_t i = 0; i < length; i++)
        if (begin[i] <= ' ' || begin[i] > '~')
            return ferryi_fail(error, FERRY_UNREADABLE, 0,
                               "the token in %.300s has blanks or other characters that none has",
                               origin);
    memcpy(out, begin, length);
    out[length] = '\0';
    return FERRY_OK;
}
