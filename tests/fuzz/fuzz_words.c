/* Commands of --launch and --exec. */
#include "fuzz.h"
#include "platform/linux/split_command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *command = fuzz_text(data, size);
    ferryi_split_words words;
    ferry_error error;
    if (ferryi_split_command(&words, command, &error) == FERRY_OK) {
        FUZZ_CHECK(words.count >= 1 && words.list[words.count] == NULL);
        size_t bytes = 0;
        for (size_t i = 0; i < words.count; i++)
            bytes += strlen(words.list[i]);
        FUZZ_CHECK(bytes <= size);
        ferryi_split_command_free(&words);
    }
    free(command);
    return 0;
}
