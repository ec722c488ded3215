/* Leases: who holds, who may look, and what death does. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/lease.h"
#include "process_support.h"

static ferryi_shm make_object(const char *name) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    assert_int_equal(ferryi_shm_create(&shm, name, FERRYI_SHM_PAGE, NULL), FERRY_OK);
    return shm;
}

static ferryi_shm make_named(const char *name) {
    ferryi_shm shm = make_object(name);
    assert_int_equal(ferryi_shm_publish(&shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
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
    CHILD_CHECK(ferryi_shm_open(&shm, argument, FERRYI_SHM_WRITE, FERRYI_NOT_SHARED, NULL) ==
                FERRY_OK);
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
    tell_child(holder, 'd');
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_holders_exclude_each_other, clean_up),
        cmocka_unit_test_teardown(test_processes_exclude_each_other, clean_up),
        cmocka_unit_test_teardown(test_death_drops_a_lease, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
