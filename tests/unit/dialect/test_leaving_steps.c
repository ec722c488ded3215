/* The last two who leave a channel of the dialect, step by step: the files that remove names are
 * compiled into this program once more, with a place to come in between. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel/attach.h"
#include "channel_support.h"

static bool look_alone(const ferryi_leases *leases);

#define ferryi_leases_alone look_alone
#include "channel/objects.c"
#include "channel/undertaker.c"
#undef ferryi_leases_alone

static ferry_consumer *leaving; /* after the next look that finds it; NULL: nobody is */

static bool look_alone(const ferryi_leases *leases) {
    bool alone = ferryi_leases_alone(leases);
    if (!alone && leaving != NULL) {
        ferryi_attach_undo(
            leaving); /* it has met the producer's lease each time, and looks no more */
        free(leaving);
        leaving = NULL;
    }
    return alone;
}

static void test_the_producer_looks_last(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_producer *producer = make_dialect(own_name(name, "last"));
    leaving = open_latest(name);
    assert_int_equal(send_next(producer), FERRY_OK);
    ferry_producer_close(&producer);
    assert_null(leaving);
    assert_nothing_left();
}

/* Who stays keeps the names; when it goes, so do they. */
static void test_a_consumer_that_stays_looks_last(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_producer *producer = make_dialect(own_name(name, "stays"));
    ferry_consumer *consumer = open_latest(name);
    assert_int_equal(send_next(producer), FERRY_OK);
    ferry_producer_close(&producer);
    /* The frames, and the event, which nobody else has open. */
    assert_int_equal(count_shared(name, false, false), NAMES_GO_WITH_USERS ? 1 : 2);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_OK);
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_END_OF_STREAM);
    ferry_consumer_close(&consumer);
    ferry_image_free(&image);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_producer_looks_last, clean_up),
        cmocka_unit_test_teardown(test_a_consumer_that_stays_looks_last, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
