#include "platform/fault_point.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { POINT_BYTES = 48 };

typedef struct arm {
    char point[POINT_BYTES];
    ferryi_fault_point_action *action;
    atomic_uint left; /* passes until the action; 0: it has happened */
} arm;

static arm arms[FERRYI_FAULT_ARMS];
static atomic_uint armed; /* released after the arm that it counts */
static atomic_flag has_asked = ATOMIC_FLAG_INIT;

bool ferryi_fault_point_arm(const char *point, unsigned passes, ferryi_fault_point_action *action) {
    unsigned count = atomic_load_explicit(&armed, memory_order_relaxed);
    unsigned place = 0;
    while (place < count && atomic_load_explicit(&arms[place].left, memory_order_relaxed) != 0)
        place++;
    if (place == FERRYI_FAULT_ARMS || passes == 0 || strlen(point) >= POINT_BYTES)
        return false;
    strcpy(arms[place].point, point);
    arms[place].action = action;
    atomic_store_explicit(&arms[place].left, passes, memory_order_release);
    if (place == count)
        atomic_store_explicit(&armed, count + 1, memory_order_release);
    return true;
}

/* Reads POINT[:PASSES[:kill|stop]]. */
static void ask_environment(void) {
    char wish[2 * POINT_BYTES];
    const char *given = getenv("FERRY_FAULT");
    if (given == NULL || strlen(given) >= sizeof wish)
        return;
    strcpy(wish, given);
    unsigned long passes = 1;
    ferryi_fault_point_action *action = ferryi_fault_point_kill;
    char *colon = strchr(wish, ':');
    if (colon != NULL) {
        *colon = '\0';
        char *end;
        passes = strtoul(colon + 1, &end, 10);
        if (strcmp(end, ":stop") == 0)
            action = ferryi_fault_point_stop;
    }
    ferryi_fault_point_arm(wish, (unsigned)passes, action);
}

void ferryi_fault_point_pass(const char *point) {
    if (!atomic_flag_test_and_set_explicit(&has_asked, memory_order_acq_rel))
        ask_environment();
    unsigned count = atomic_load_explicit(&armed, memory_order_acquire);
    for (unsigned i = 0; i < count; i++) {
        /* Acquire, for the sake of the name of an arm that is used again. */
        unsigned left = atomic_load_explicit(&arms[i].left, memory_order_acquire);
        if (left == 0 || strcmp(arms[i].point, point) != 0)
            continue;
        while (left != 0 &&
               !atomic_compare_exchange_weak_explicit(&arms[i].left, &left, left - 1,
                                                      memory_order_acq_rel, memory_order_acquire)) {
        }
        if (left == 1)
            arms[i].action(point);
    }
}
