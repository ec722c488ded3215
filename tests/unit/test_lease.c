/* Leases: who holds, who may look, and what death does. */
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

static ferryi_shm make_object(const char *name) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    assert_int_equal(ferryi_shm_create(&shm, name, FERRYI_SHM_PAGE, NULL), FERRY_OK);
    return shm;
}

static ferryi_shm make_named(const char *name) {
    ferryi_shm shm = make_object(name);
    assert_int_equal(ferryi_shm_publish(&shm, 0600, NULL), FERRY_OK);
    return shm;
}

static void test_holders_exclude_each_other(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_shm shm = make_object(own_name(name, "exclude"));
    static ferryi_leases one = FERRYI_LEASES_INIT, two = FERRYI_LEASES_INIT;
    assert_int_equal(ferryi_leases_open(&one, &shm, NULL), FERRY_OK);
    assert_int_equal(ferryi_leases_open(&two, &shm, NULL), FERRY_OK);
    for (unsigned i = 0; i < FERRYI_LEASES; i++) {
        assert_false(ferryi_lease_is_held(&shm, i));
        assert_true(ferryi_lease_take(&one, i));
        assert_true(ferryi_lease_is_held(&shm, i));
        assert_false(ferryi_lease_take(&two, i));
        if (i + 1 < FERRYI_LEASES)
            assert_false(ferryi_lease_is_held(&shm, i + 1));
    }
    ferryi_lease_drop(&one, 5);
    assert_false(ferryi_lease_is_held(&shm, 5));
    assert_true(ferryi_lease_is_held(&shm, 4) && ferryi_lease_is_held(&shm, 6));
    assert_true(ferryi_lease_take(&two, 5));
    assert_false(ferryi_lease_take(&one, 5));

    ferryi_leases_close(&one);
    for (unsigned i = 0; i < FERRYI_LEASES; i++)
        assert_int_equal(ferryi_lease_is_held(&shm, i), i == 5);
    assert_false(ferryi_lease_take(&one, 7)); /* closed */
    ferryi_leases_close(&one);
    ferryi_leases_close(&two);
    assert_false(ferryi_lease_is_held(&shm, 5));
    ferryi_shm_close(&shm);
}

/* Takes a lease of a named object and keeps it until told to let go, or killed. */
static void keep_a_lease(const void *argument) {
    ferryi_shm shm;
    ferryi_leases leases;
    CHILD_CHECK(ferryi_shm_open(&shm, argument, FERRYI_SHM_WRITE, false, NULL) == FERRY_OK);
    CHILD_CHECK(ferryi_leases_open(&leases, &shm, NULL) == FERRY_OK);
    child_say(ferryi_lease_take(&leases, 3) ? 'y' : 'n');
    child_hear();
    ferryi_lease_drop(&leases, 3);
    child_say('d');
    child_rest();
}

static void test_processes_exclude_each_other(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_shm shm = make_named(own_name(name, "between"));
    static ferryi_leases mine = FERRYI_LEASES_INIT;
    assert_int_equal(ferryi_leases_open(&mine, &shm, NULL), FERRY_OK);

    child *holder = start_child(keep_a_lease, name);
    assert_int_equal(hear(holder), 'y');
    assert_true(ferryi_lease_is_held(&shm, 3));
    assert_false(ferryi_lease_take(&mine, 3));
    tell(holder, 'd');
    assert_int_equal(hear(holder), 'd');
    assert_true(ferryi_lease_take(&mine, 3));
    child *late = start_child(keep_a_lease, name);
    assert_int_equal(hear(late), 'n');

    kill_child(late);
    kill_child(holder);
    ferryi_shm_remove_name(&shm);
    ferryi_leases_close(&mine);
    ferryi_shm_close(&shm);
    assert_nothing_left();
}

static void test_death_drops_a_lease(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_shm shm = make_named(own_name(name, "death"));
    for (int round = 0; round < 10; round++) {
        child *holder = start_child(keep_a_lease, name);
        assert_int_equal(hear(holder), 'y');
        assert_true(ferryi_lease_is_held(&shm, 3));
        kill_child(holder);
        assert_false(ferryi_lease_is_held(&shm, 3));
    }
    ferryi_shm_remove_name(&shm);
    ferryi_shm_close(&shm);
    assert_nothing_left();
}

/* Looks all the time, through a mapping and a descriptor that can only read. */
static void keep_looking(const void *argument) {
    ferryi_shm shm;
    CHILD_CHECK(ferryi_shm_open(&shm, argument, FERRYI_SHM_READ, false, NULL) == FERRY_OK);
    CHILD_CHECK((fcntl((int)shm.handle, F_GETFL) & O_ACCMODE) == O_RDONLY);
    CHILD_CHECK(ferryi_lease_is_held(&shm, 0)); /* the test holds it from the beginning */
    CHILD_CHECK(!ferryi_lease_is_held(&shm, 1));
    child_say('r');
    struct pollfd word = {.fd = child_in, .events = POLLIN};
    do
        for (int i = 0; i < 100; i++)
            ferryi_lease_is_held(&shm, 2);
    while (poll(&word, 1, 0) == 0);
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
    tell(looker, 'e');
    assert_child_succeeds(looker);
    ferryi_shm_remove_name(&shm);
    ferryi_leases_close(&mine);
    ferryi_shm_close(&shm);
    assert_nothing_left();
}

/* Has an object mapped, and nothing else of it. */
static void keep_a_mapping(const void *argument) {
    ferryi_shm shm;
    CHILD_CHECK(ferryi_shm_open(&shm, argument, FERRYI_SHM_READ, false, NULL) == FERRY_OK);
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
    assert_int_equal(ferryi_shm_open(&shm, name, FERRYI_SHM_READ, false, NULL), FERRY_OK);
    assert_true(ferryi_lease_is_held(&shm, FERRYI_LEASE_PRODUCER));
    ferryi_shm_remove_name(&shm);
    ferryi_shm_close(&shm);
    ferryi_leases_close(&mine);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_holders_exclude_each_other, clean_up),
        cmocka_unit_test_teardown(test_processes_exclude_each_other, clean_up),
        cmocka_unit_test_teardown(test_death_drops_a_lease, clean_up),
        cmocka_unit_test_teardown(test_looking_disturbs_nobody, clean_up),
        cmocka_unit_test_teardown(test_alone_means_that_nobody_maps_it, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
