/* The words about an object that no channel has: whose it may be. The other objects of the system
 * are made up here, since their names are the same for all programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/status.h>

#include "platform/glance.h"
#include "platform/shm.h"

static bool has_event_here(const char *name);
static bool has_semaphore_here(const char *name);
static bool has_sessions_here(void);

#define ferryi_glance_has_event has_event_here
#define ferryi_glance_has_semaphore has_semaphore_here
#define ferryi_shm_has_sessions has_sessions_here
#include "channel/advice.c"
#undef ferryi_shm_has_sessions
#undef ferryi_glance_has_semaphore
#undef ferryi_glance_has_event

enum { THERE_MOST = 4 };

typedef struct scene {
    const char *semaphores[THERE_MOST];
    const char *events[THERE_MOST];
    bool has_sessions;
    const char *name;
    uint64_t end_bytes;
    const char *said; /* between "--dialect " and what follows */
} scene;

static const scene *here;

static bool is_in(const char *const *names, const char *name) {
    for (size_t i = 0; i < THERE_MOST && names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool has_event_here(const char *name) {
    return is_in(here->events, name);
}

static bool has_semaphore_here(const char *name) {
    return is_in(here->semaphores, name);
}

static bool has_sessions_here(void) {
    return here->has_sessions;
}

#define ALL "mutex, lockstep, duplex, rwevents, file or qt"

static const scene scenes[] = {
    {.name = "shareMemory", .said = ALL},
    {.semaphores = {"Semaphore"}, .name = "shareMemory", .end_bytes = 250, .said = "mutex"},
    {.semaphores = {"readSemaphore"}, .name = "x", .said = "lockstep"},
    {.semaphores = {"writeSemaphore"}, .name = "x", .said = "lockstep"},
    {.semaphores = {"readSemaphore", "writeSemaphore"}, .name = "x", .said = "lockstep"},
    {.semaphores = {"readSemaphore", "Semaphore"}, .name = "x", .said = "mutex or lockstep"},
    {.semaphores = {"Other", "Semaphores"}, .name = "x", .said = ALL},
    {.events = {"ShareMemoryWriteEvent"}, .name = "x", .said = "rwevents"},
    {.events = {"Global\\ShareMemoryReadEvent"},
     .has_sessions = true,
     .name = "x",
     .said = "rwevents"},
    {.events = {"Global\\ShareMemoryReadEvent"}, .name = "x", .said = ALL},
    {.events = {"Semaphore"}, .name = "x", .said = ALL}, /* of another kind */
    {.name = "shared_memory", .end_bytes = 5120, .said = "file"},
    {.name = "shared_memory", .end_bytes = 8192, .said = "file"},
    {.name = "shared_memory", .end_bytes = 4096, .said = ALL},
    {.name = "x", .end_bytes = 5120, .said = ALL},
    {.semaphores = {"Semaphore", "writeSemaphore"},
     .events = {"ShareMemoryReadEvent"},
     .name = "shared_memory",
     .end_bytes = 5120,
     .said = "file or mutex or lockstep or rwevents"},
};

static void test_each_scene(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        char advice[FERRYI_ADVICE_BYTES], wanted[FERRYI_ADVICE_BYTES];
        here = &scenes[i];
        ferryi_advice_write(advice, here->name, here->end_bytes);
        snprintf(wanted, sizeof wanted,
                 "it may belong to a program of another convention: try --dialect %s "
                 "(docs/old-programs.md), choose another name, or %s",
                 here->said, ferryi_shm_tell_freeing());
        assert_string_equal(advice, wanted);
    }
}

/* Behind what was said already, as far as there is room. */
static void test_the_end_of_a_sentence(void **state) {
    (void)state;
    ferry_error error;
    here = &scenes[1];
    snprintf(error.message, sizeof error.message, "x is no memory object");
    assert_int_equal(ferryi_advice_refuse("x", &error), FERRY_FOREIGN);
    assert_int_equal(strncmp(error.message, "x is no memory object: it may", 29), 0);
    assert_non_null(strstr(error.message, "--dialect mutex "));
    memset(error.message, 'a', sizeof error.message - 1);
    error.message[sizeof error.message - 1] = '\0';
    assert_int_equal(ferryi_advice_refuse("x", &error), FERRY_FOREIGN);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    assert_int_equal(ferryi_advice_refuse("x", NULL), FERRY_FOREIGN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_scene),
        cmocka_unit_test(test_the_end_of_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
