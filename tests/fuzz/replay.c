/* Runs a fuzz target over the files of its corpus, where there is no libFuzzer. */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

static int replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    enum { MOST = 1 << 20 };
    uint8_t *bytes = malloc(MOST);
    FUZZ_CHECK(bytes != NULL);
    size_t size = fread(bytes, 1, MOST, file);
    fclose(file);
    uint8_t *exact = malloc(size > 0 ? size : 1);
    FUZZ_CHECK(exact != NULL);
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    free(bytes);
    return 1;
}

static int replay_folder(const char *path) {
    int count = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        perror(path);
        return 0;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[4096];
        struct stat about;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (stat(name, &about) == 0 && S_ISREG(about.st_mode))
            count += replay_file(name);
    }
    closedir(folder);
    return count;
}

int main(int count, char **arguments) {
    int inputs = 0;
    for (int i = 1; i < count; i++)
        inputs += replay_folder(arguments[i]);
    printf("%d inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
