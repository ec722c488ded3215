/* Commands of --launch and --exec. */
#include "fuzz.h"
#include "platform/posix/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *command = fuzz_text(data, size);
    ferryi_words words;
    ferry_error error;
    if (ferryi_words_split(&words, command, &error) == FERRY_OK) {
        FUZZ_CHECK(words.count >= 1 && words.list[words.count] == NULL);
        size_t bytes = 0;
        for (size_t i = 0; i < words.count; i++)
            bytes += strlen(words.list[i]);
        FUZZ_CHECK(bytes <= size);
        ferryi_words_free(&words);
    }
    free(command);
    return 0;
}
