/* The dialect's event, a semaphore in a file, with anything in it. The input says what is written
 * there, and what the library does in between. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <frameferry/frameferry.h>

#include "fuzz.h"
#include "platform/signal_event.h"

enum { SEMAPHORE_BYTES = 32, WAIT_NS = 20000 };

static char name[64];
static char path[128];
static uint8_t *bytes; /* as any program of the same user can map it */
static ferryi_signal_event *event;
static atomic_bool lost;

static void end(void) {
    ferryi_signal_event_close(&event);
    unlink(path);
}

static void begin(void) {
    bool created = false;
    snprintf(name, sizeof name, "fuzz-event-%d", (int)getpid());
    snprintf(path, sizeof path, "/dev/shm/sem.%s", name);
    FUZZ_CHECK(ferryi_signal_event_create(&event, name, FERRYI_NOT_SHARED, &created, &lost, NULL) ==
               FERRY_OK);
    FUZZ_CHECK(created);
    atexit(end);
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    FUZZ_CHECK(descriptor >= 0);
    bytes = mmap(NULL, SEMAPHORE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    FUZZ_CHECK(bytes != MAP_FAILED);
    close(descriptor);
}

static uint32_t value(void) {
    uint32_t found;
    memcpy(&found, bytes, sizeof found);
    return found;
}

static void patch(fuzz_input *in) {
    size_t at = (size_t)fuzz_take(in, 1) % SEMAPHORE_BYTES;
    for (uint64_t count = fuzz_take(in, 1) % 16; count > 0 && at < SEMAPHORE_BYTES; count--)
        bytes[at++] = (uint8_t)fuzz_take(in, 1);
}

static void use(uint8_t how) {
    uint32_t before = value();
    switch (how % 5) {
    case 0:
        ferryi_signal_event_set(event);
        FUZZ_CHECK(value() == (before == 0 ? 1 : before));
        break;
    case 1: FUZZ_CHECK(ferryi_signal_event_is_set(event) == (before != 0)); break;
    case 2: FUZZ_CHECK(ferryi_signal_event_wait(event, 0) == (before != 0)); break;
    case 3:
        FUZZ_CHECK(ferryi_signal_event_take_all(event) == before);
        FUZZ_CHECK(value() == 0);
        break;
    default: FUZZ_CHECK(ferryi_signal_event_wait(event, WAIT_NS) == (before != 0)); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { STEPS_MOST = 40 };
    if (event == NULL)
        begin();
    memset(bytes, 0, SEMAPHORE_BYTES);
    fuzz_input in = {.data = data, .left = size};
    for (int i = 0; i < STEPS_MOST && in.left > 0; i++) {
        uint8_t step = (uint8_t)fuzz_take(&in, 1);
        if (step % 2 == 0)
            patch(&in);
        else
            use(step / 2);
    }
    return 0;
}
