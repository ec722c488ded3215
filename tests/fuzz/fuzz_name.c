/* Names of channels, as they come from command lines and the environment. */
#include "channel/names.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *name = fuzz_text(data, size);
    ferry_error error = {0};
    ferry_status status = ferry_name_check(name, &error);
    ferryi_names names;
    FUZZ_CHECK(ferryi_names_make(&names, name, NULL) == status);
    if (status == FERRY_OK) {
        /* Names in a folder of the system: one part, not hidden, and not one of a semaphore. */
        FUZZ_CHECK(strchr(names.frames, '/') == NULL && strchr(names.frames, '\\') == NULL);
        FUZZ_CHECK(names.frames[0] != '\0' && names.frames[0] != '.');
        FUZZ_CHECK(strlen(names.consumers) < sizeof names.consumers);
        FUZZ_CHECK(strncmp(names.consumers, names.frames, strlen(names.frames)) == 0);
    } else {
        FUZZ_CHECK(status == FERRY_BAD_NAME && error.message[0] != '\0');
    }
    free(name);
    return 0;
}
