/* Joining, step by step: the consumer's side is compiled into this program once more, with a place
 * to come in between wherever the producer could look. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel_support.h"
#include "support/fault.h"

static void come_in(const char *point);

#undef FERRYI_FAULT
#define FERRYI_FAULT(point) come_in(point)
#include "channel/attach.c"

static char name[NAME_BYTES];

/* Whether the producer that waits for a consumer would go on, at each of these points. */
static struct {
    ferry_producer *producer; /* NULL: nobody looks */
    ferry_status reserved, read, placed;
} seen;

static void come_in(const char *point) {
    if (seen.producer == NULL)
        return;
    ferry_status status = ferry_producer_wait_consumer(seen.producer, 0);
    if (strcmp(point, "position.reserved") == 0)
        seen.reserved = status;
    else if (strcmp(point, "position.read") == 0)
        seen.read = status;
    else if (strcmp(point, "attach.placed") == 0)
        seen.placed = status;
}

static void test_a_joiner_counts_when_it_has_its_position(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "joining", 3, FERRY_WHEN_FULL_DROP);
    for (int i = 0; i < 3; i++) { /* the record is used again */
        seen.producer = producer;
        ferry_consumer *consumer = open_every(name);
        seen.producer = NULL;
        assert_int_equal(seen.reserved, FERRY_TIMEOUT);
        assert_int_equal(seen.read, FERRY_TIMEOUT);
        assert_int_equal(seen.placed, FERRY_OK);
        ferry_consumer_close(&consumer);
        assert_int_equal(ferry_producer_wait_consumer(producer, 0), FERRY_TIMEOUT);
    }
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_joiner_counts_when_it_has_its_position, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
