/* Names of channels and of their objects. */
#include "channel/names.h"

#include <stdio.h>
#include <string.h>

#include "channel/dialects.h"
#include "platform/shm.h"
#include "support/error.h"
#include "support/utf8.h"

/* '~' is not allowed in a channel's name: no channel can collide with another one's objects. */
#define CONSUMERS_SUFFIX "~consumers"

/* The Win32 prefixes say which session an object lives in (CreateFileMapping). */
static const char *without_prefix(const char *name) {
    static const char *const prefixes[] = {"Local\\", "Global\\"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return name + strlen(prefixes[i]);
    return name;
}

static bool is_allowed(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

ferry_status ferry_name_check(const char *name, ferry_error *error) {
    if (name == NULL)
        return ferryi_fail(error, FERRY_BAD_NAME, 0, "a channel needs a name");
    name = without_prefix(name);
    size_t length = strlen(name);
    if (length == 0)
        return ferryi_fail(error, FERRY_BAD_NAME, 0, "a channel's name cannot be empty");
    if (length > FERRY_NAME_MAX)
        return ferryi_fail(error, FERRY_BAD_NAME, 0, "a channel's name has at most %d characters",
                           FERRY_NAME_MAX);
    if (name[0] == '.' || strncmp(name, "sem.", 4) == 0)
        return ferryi_fail(error, FERRY_BAD_NAME, 0,
                           "channel name \"%s\": it cannot start with a dot or with \"sem.\"",
                           name);
    for (const char *c = name; *c != '\0'; c++)
        if (!is_allowed(*c))
            return ferryi_fail(error, FERRY_BAD_NAME, 0,
                               "channel name \"%s\": only A-Z a-z 0-9 . _ - are allowed", name);
    return FERRY_OK;
}

ferry_status ferryi_names_make(ferryi_names *out, const char *name, ferry_error *error) {
    if (name == NULL)
        name = FERRY_DEFAULT_NAME;
    ferry_status status = ferry_name_check(name, error);
    if (status != FERRY_OK)
        return status;
    const char *kept = ferryi_shm_has_sessions() ? name : without_prefix(name);
    snprintf(out->frames, sizeof out->frames, "%s", kept);
    snprintf(out->consumers, sizeof out->consumers, "%s" CONSUMERS_SUFFIX, kept);
    ferryi_dialects_name_beside(out, kept);
    return FERRY_OK;
}

/* Says why another program's object cannot have such a name; NULL: it can. */
static const char *wrong_with(const char *name) {
    size_t length = strlen(name);
    if (length == 0)
        return "it is empty";
    if (length > FERRY_NAME_MAX)
        return "it is too long";
    if (name[0] == '.')
        return "it begins with a dot";
    for (const unsigned char *c = (const unsigned char *)name; *c != '\0';) {
        size_t bytes = ferryi_utf8_bytes(c);
        if (bytes == 0)
            return "it is not UTF-8";
        if (*c == '/' || *c == '\\')
            return "it has a slash in it";
        if (ferryi_utf8_is_control(c, bytes))
            return "it has a control character in it";
        c += bytes;
    }
    return NULL;
}

ferry_status ferryi_names_take(char out[FERRYI_NAME_BYTES], const char *name, const char *what,
                               ferry_error *error) {
    const char *plain = without_prefix(name);
    if (!ferryi_shm_has_sessions() && plain[0] == '/')
        plain++;
    const char *wrong = wrong_with(plain);
    if (wrong != NULL)
        return ferryi_fail(error, FERRY_BAD_NAME, 0, "the name \"%.100s\" of %s: %s", name, what,
                           wrong);
    snprintf(out, FERRYI_NAME_BYTES, "%s", ferryi_shm_has_sessions() ? name : plain);
    return FERRY_OK;
}

bool ferryi_names_of_consumers(char out[FERRY_NAME_MAX + 1], const char *object) {
    size_t length = strlen(object), back = strlen(CONSUMERS_SUFFIX);
    if (length <= back || length - back > FERRY_NAME_MAX ||
        strcmp(object + length - back, CONSUMERS_SUFFIX) != 0)
        return false;
    memcpy(out, object, length - back);
    out[length - back] = '\0';
    return ferry_name_check(out, NULL) == FERRY_OK;
}
