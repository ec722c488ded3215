/* Looks whether files NAME-000001.raw and so on are the frames of trial.h, as ferry-consumer saves
 * them: without what rows are padded with. --report is the folder. */
#include "trial.h"

static void check(const trial *t, uint32_t number) {
    static uint8_t wanted[1 << 20], got[1 << 20];
    char path[1024];
    frame_header size = trial_size(t, number);
    size_t stride = (size_t)(size.length / size.height);
    size_t row = (size_t)size.width * (size_t)(size.bit_count / 8);
    if ((size_t)size.length > sizeof wanted)
        trial_fail("too large");
    frames_paint(wanted, size.length, number);
    snprintf(path, sizeof path, "%s\\%s-%06u.raw", t->report, t->name, number);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        trial_fail(path);
    size_t bytes = fread(got, 1, sizeof got, file);
    fclose(file);
    bool exact = bytes == row * (size_t)size.height;
    for (size_t y = 0; exact && y < (size_t)size.height; y++)
        exact = memcmp(got + y * row, wanted + y * stride, row) == 0;
    if (!exact)
        trial_fail(path);
}

int main(int count, char **arguments) {
    trial t = trial_begin(count, arguments);
    for (uint32_t number = 1; number <= t.frames; number++)
        check(&t, number);
    printf("%u\n", t.frames);
    return 0;
}
