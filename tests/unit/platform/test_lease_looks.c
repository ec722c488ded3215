/* Leases: looks that disturb nobody, and who uses an object beside them, where both are exact. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>

#include "platform/lease.h"
#include "process_support.h"

static ferryi_shm make_named(const char *name) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    assert_int_equal(ferryi_shm_create(&shm, name, FERRYI_SHM_PAGE, NULL), FERRY_OK);
    assert_int_equal(ferryi_shm_publish(&shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
    return shm;
}

/* Looks all the time, through a mapping and a descriptor that can only read. */
static void keep_looking(const void *argument) {
    ferryi_shm shm;
    CHILD_CHECK(ferryi_shm_open(&shm, argument, FERRYI_SHM_READ, FERRYI_NOT_SHARED, NULL) ==
                FERRY_OK);
    CHILD_CHECK((fcntl((int)shm.handle, F_GETFL) & O_ACCMODE) == O_RDONLY);
    CHILD_CHECK(ferryi_lease_is_held(&shm, 0)); /* the test holds it from the beginning */
    CHILD_CHECK(!ferryi_lease_is_held(&shm, 1));
    child_say('r');
    do
        for (int i = 0; i < 100; i++)
            ferryi_lease_is_held(&shm, 2);
    while (!child_is_told());
}

static void test_looking_disturbs_nobody(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_shm shm = make_named(own_name(name, "look"));
    static ferryi_leases mine = FERRYI_LEASES_INIT;
    assert_int_equal(ferryi_leases_open(&mine, &shm, NULL), FERRY_OK);
    assert_true(ferryi_lease_take(&mine, 0));
    child *looker = start_child(keep_looking, name);
    assert_int_equal(hear(looker), 'r');
    for (int i = 0; i < 20000; i++) {
        assert_true(ferryi_lease_take(&mine, 2));
        ferryi_lease_drop(&mine, 2);
    }
    tell_child(looker, 'e');
    assert_child_succeeds(looker);
    ferryi_shm_remove_name(&shm);
    ferryi_leases_close(&mine);
    ferryi_shm_close(&shm);
    assert_nothing_left();
}

/* Has an object mapped, and nothing else of it. */
static void keep_a_mapping(const void *argument) {
    ferryi_shm shm;
    CHILD_CHECK(ferryi_shm_open(&shm, argument, FERRYI_SHM_READ, FERRYI_NOT_SHARED, NULL) ==
                FERRY_OK);
    close((int)shm.handle);
    child_say('r');
    child_rest();
}

static void test_alone_means_that_nobody_maps_it(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_shm shm = make_named(own_name(name, "alone"));
    static ferryi_leases mine = FERRYI_LEASES_INIT;
    assert_int_equal(ferryi_leases_open(&mine, &shm, NULL), FERRY_OK);
    assert_true(ferryi_lease_take(&mine, FERRYI_LEASE_PRODUCER));
    assert_false(ferryi_leases_alone(&mine)); /* this mapping here */
    ferryi_shm_close(&shm);
    assert_true(ferryi_leases_alone(&mine));

    child *peer = start_child(keep_a_mapping, name);
    assert_int_equal(hear(peer), 'r');
    assert_false(ferryi_leases_alone(&mine));
    kill_child(peer);
    assert_true(ferryi_leases_alone(&mine));

    /* Asking costs neither the lease nor anybody's way to the object. */
    assert_int_equal(ferryi_shm_open(&shm, name, FERRYI_SHM_READ, FERRYI_NOT_SHARED, NULL),
                     FERRY_OK);
    assert_true(ferryi_lease_is_held(&shm, FERRYI_LEASE_PRODUCER));
    ferryi_shm_remove_name(&shm);
    ferryi_shm_close(&shm);
    ferryi_leases_close(&mine);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_looking_disturbs_nobody, clean_up),
        cmocka_unit_test_teardown(test_alone_means_that_nobody_maps_it, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
