/* Writes frames as raw pixels to standard output, for ferry-producer, each when the one before has
 * been taken. All have the same size. */
#include <fcntl.h>
#include <io.h>

#include "trial.h"

int main(int count, char **arguments) {
    trial t = trial_begin(count, arguments);
    uint8_t *pixels = malloc((size_t)t.size.length + 1);
    if (t.size.length == 0 || pixels == NULL || _setmode(_fileno(stdout), _O_BINARY) < 0)
        trial_fail("feeder");
    for (uint32_t number = 1; number <= t.frames; number++) {
        frames_paint(pixels, t.size.length, number);
        if (fwrite(pixels, (size_t)t.size.length, 1, stdout) != 1 || fflush(stdout) != 0)
            trial_fail("stdout");
        for (uint32_t i = 0; i < t.receivers; i++)
            trial_await_taken(&t, NULL);
    }
    free(pixels);
    return 0;
}
