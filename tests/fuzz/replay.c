/* Runs a fuzz target over the files of its unpacked corpus, where there is no libFuzzer. */
#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "fuzz.h"

/* Runs the target over one file; says whether it could be read. */
static bool replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return false;
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
    return true;
}

/* The number of inputs, or -1 if one could not be read, and the system's message has been printed.
 */
static int replay_folder(const char *path) {
    int count = 0;
    bool whole = true;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        perror(path);
        return 0;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[4096];
        struct stat about;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (stat(name, &about) != 0 || !S_ISREG(about.st_mode))
            continue;
        whole = replay_file(name) && whole;
        count++;
    }
    closedir(folder);
    return whole ? count : -1;
}

/* A replay without inputs would pass and show nothing: each folder has to have some. */
int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: %s FOLDER...\n", arguments[0]);
        return 2;
    }
    for (int i = 1; i < count; i++) {
        int inputs = replay_folder(arguments[i]);
        if (inputs == 0)
            fprintf(stderr, "no inputs in %s; build again, which unpacks them\n", arguments[i]);
        if (inputs <= 0)
            return 1;
        printf("%s: %d inputs\n", arguments[i], inputs);
    }
    return 0;
}
