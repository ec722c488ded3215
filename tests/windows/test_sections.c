/* Named objects of Windows: half of one is never found, names go with their users, who may use
 * them, what is foreign, and which session they are in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "channel_support.h"
#include "platform/fault_point.h"
#include "platform/lease.h"

static char name[NAME_BYTES];

/* ---- half of an object ---- */

static ferryi_shm make_unnamed(const char *tag) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    uint64_t bytes = 4 * FERRYI_SHM_PAGE;
    assert_int_equal(ferryi_shm_create(&shm, own_name(name, tag), bytes, NULL), FERRY_OK);
    assert_int_equal(ferryi_shm_reserve(&shm, 3 * FERRYI_SHM_PAGE, FERRYI_SHM_PAGE, NULL),
                     FERRY_OK);
    memset(shm.base + 3 * FERRYI_SHM_PAGE, 0x5a, FERRYI_SHM_PAGE);
    return shm;
}

static ferry_status look_for(const char *of) {
    ferryi_shm found = FERRYI_SHM_INIT;
    ferry_status status = ferryi_shm_open(&found, of, FERRYI_SHM_READ, FERRYI_NOT_SHARED, NULL);
    ferryi_shm_close(&found);
    return status;
}

#ifdef FERRY_FAULTS

static ferry_status looked;
static bool existed;

static void look_half_way(const char *point) {
    (void)point;
    existed = shm_exists(name);
    looked = look_for(name);
}

static void test_half_of_an_object_is_not_found(void **state) {
    (void)state;
    static const char *const points[] = {"publish.section", "publish.copied"};
    for (int i = 0; i < 2; i++) {
        ferryi_shm shm = make_unnamed("half");
        assert_int_equal(look_for(name), FERRY_NO_PRODUCER);
        looked = FERRY_OK;
        assert_true(ferryi_fault_point_arm(points[i], 1, look_half_way));
        assert_int_equal(ferryi_shm_publish(&shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
        assert_true(existed); /* for those who know nothing of us */
        assert_int_equal(looked, FERRY_NO_PRODUCER);

        ferryi_shm found = FERRYI_SHM_INIT;
        assert_int_equal(ferryi_shm_open(&found, name, FERRYI_SHM_READ, FERRYI_NOT_SHARED, NULL),
                         FERRY_OK);
        assert_int_equal(found.size_bytes, 4 * FERRYI_SHM_PAGE);
        assert_int_equal(found.base[0], 0);
        for (uint64_t at = 3 * FERRYI_SHM_PAGE; at < found.size_bytes; at++)
            assert_int_equal(found.base[at], 0x5a);
        ferryi_shm_close(&found);
        assert_true(ferryi_shm_has_name(&shm));
        ferryi_shm_close(&shm);
        assert_int_equal(look_for(name), FERRY_NO_PRODUCER);
        assert_nothing_left();
    }
}

/* Dies while it makes an object. */
static void make_half(const void *point) {
    ferryi_shm shm = FERRYI_SHM_INIT;
    CHILD_CHECK(ferryi_shm_create(&shm, own_name(name, "dead"), FERRYI_SHM_PAGE, NULL) == FERRY_OK);
    CHILD_CHECK(ferryi_fault_point_arm(point, 1, ferryi_fault_point_kill));
    ferryi_shm_publish(&shm, FERRYI_NOT_SHARED, 0, NULL);
}

static void test_who_dies_half_way_hinders_nobody(void **state) {
    (void)state;
    static const char *const points[] = {"publish.section", "publish.copied"};
    own_name(name, "dead");
    for (int i = 0; i < 2; i++) {
        assert_true(was_killed(reap(start_child(make_half, points[i]))));
        assert_int_equal(look_for(name), FERRY_NO_PRODUCER);
        ferryi_shm shm = make_unnamed("dead");
        assert_int_equal(ferryi_shm_publish(&shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
        ferryi_shm_close(&shm);
        assert_nothing_left();
    }
}

#endif

static void test_a_name_that_is_taken(void **state) {
    (void)state;
    ferryi_shm first = make_unnamed("taken"), second = make_unnamed("taken");
    assert_int_equal(ferryi_shm_publish(&first, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
    uint8_t *before = second.base;
    assert_int_equal(ferryi_shm_publish(&second, FERRYI_NOT_SHARED, 0, NULL), FERRY_BUSY);
    assert_ptr_equal(second.base, before); /* as it was, and can be published later */
    assert_int_equal(second.base[3 * FERRYI_SHM_PAGE], 0x5a);
    assert_int_equal(second.handle, -1);

    /* A user keeps the name, until it lets it go; the mapping stays. */
    ferryi_shm user = FERRYI_SHM_INIT;
    assert_int_equal(ferryi_shm_open(&user, name, FERRYI_SHM_READ, FERRYI_NOT_SHARED, NULL),
                     FERRY_OK);
    assert_false(ferryi_shm_remove_name(&first));
    assert_int_equal(ferryi_shm_publish(&second, FERRYI_NOT_SHARED, 0, NULL), FERRY_BUSY);
    ferryi_shm_let_name_go(&user);
    assert_true(ferryi_shm_remove_name(&first));
    assert_int_equal(ferryi_shm_publish(&second, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
    second.base[3 * FERRYI_SHM_PAGE] = 1;
    assert_int_equal(user.base[3 * FERRYI_SHM_PAGE], 0x5a);
    ferryi_shm_close(&user);
    ferryi_shm_close(&first);
    ferryi_shm_close(&second);
    assert_nothing_left();
}

static void test_an_object_keeps_its_size(void **state) {
    (void)state;
    ferryi_shm shm = make_unnamed("size");
    assert_int_equal(ferryi_shm_publish(&shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
    assert_int_equal(ferryi_shm_extend(&shm, 8 * FERRYI_SHM_PAGE, NULL), FERRY_NOT_SUPPORTED);
    assert_int_equal(shm.size_bytes, 4 * FERRYI_SHM_PAGE);
    shm.base[0] = 1; /* all of it can be touched by now */
    assert_int_equal(ferryi_shm_reserve(&shm, 0, shm.size_bytes, NULL), FERRY_OK);
    ferryi_shm_close(&shm);
}

/* ---- leases ---- */

static void test_alone_means_that_nobody_has_it_open(void **state) {
    (void)state;
    ferryi_shm shm = make_unnamed("alone");
    ferryi_leases leases = FERRYI_LEASES_INIT;
    assert_int_equal(ferryi_shm_publish(&shm, FERRYI_NOT_SHARED, 0, NULL), FERRY_OK);
    assert_int_equal(ferryi_leases_open(&leases, &shm, NULL), FERRY_OK);
    assert_false(ferryi_leases_alone(&leases)); /* this one here */
    HANDLE peer = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
    ferryi_shm_close(&shm);
    assert_false(ferryi_leases_alone(&leases));
    CloseHandle(peer);
    assert_true(ferryi_leases_alone(&leases));
    ferryi_leases_close(&leases);
}

/* Of two objects that had a name one after the other, each has leases of its own. */
static void test_the_key_tells_lives_apart(void **state) {
    (void)state;
    ferryi_shm dead = {.handle = -1, .name = own_name(name, "lives"), .key = 1};
    ferryi_shm next = {.handle = -1, .name = name, .key = 2};
    ferryi_leases of_next = FERRYI_LEASES_INIT;
    assert_int_equal(ferryi_leases_open(&of_next, &next, NULL), FERRY_OK);
    assert_true(ferryi_lease_take(&of_next, FERRYI_LEASE_PRODUCER));
    assert_true(ferryi_lease_is_held(&next, FERRYI_LEASE_PRODUCER));
    assert_false(ferryi_lease_is_held(&dead, FERRYI_LEASE_PRODUCER));
    ferryi_leases_close(&of_next);
    assert_false(ferryi_lease_is_held(&next, FERRYI_LEASE_PRODUCER));
}

/* ---- what is foreign ---- */

static HANDLE make_event(void) {
    return CreateEventA(NULL, TRUE, FALSE, name);
}

static HANDLE make_uncommitted(void) {
    return CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 1 << 20,
                              name);
}

static HANDLE make_bare(void) {
    return CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 1 << 20, name);
}

/* Of a file: whoever reads it depends on that file's disk. */
static HANDLE make_of_file(void) {
    char path[MAX_PATH];
    GetModuleFileNameA(NULL, path, sizeof path);
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    HANDLE section = CreateFileMappingA(file, NULL, PAGE_READONLY, 0, 0, name);
    CloseHandle(file);
    return section;
}

static void test_what_is_foreign_is_left_alone(void **state) {
    (void)state;
    HANDLE (*const makers[])(void) = {make_event, make_uncommitted, make_bare, make_of_file};
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
        ferry_error error = {0};
        own_name(name, "foreign");
        HANDLE foreign = makers[i]();
        assert_non_null(foreign);
        assert_int_equal(look_for(name), makers[i] == make_bare ? FERRY_OK : FERRY_FOREIGN);
        ferry_status status = try_producer(name, FERRY_DIALECT_NATIVE, &error);
        /* Neither can be written to: then the system says that first. */
        bool is_readable_only = makers[i] == make_of_file;
        assert_true(status == FERRY_FOREIGN || (is_readable_only && status == FERRY_NOT_ALLOWED));
        assert_sentence(&error, status, name);
        assert_int_equal(try_consumer(name, &error), FERRY_FOREIGN);
        assert_sentence(&error, FERRY_FOREIGN, name);
        assert_int_equal(count_left(own_marker()), 1);
        CloseHandle(foreign);
        assert_int_equal(try_producer(name, FERRY_DIALECT_NATIVE, &error), FERRY_OK);
        assert_nothing_left();
    }
}

/* ---- who may use them ---- */

/* The rights that a list gives to all users of the machine. */
static ACCESS_MASK rights_of_users(HANDLE object) {
    unsigned char users[SECURITY_MAX_SID_SIZE];
    DWORD bytes = sizeof users;
    ACL *list = NULL;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    ACCESS_MASK rights = 0;
    void *entry;
    assert_true(CreateWellKnownSid(WinBuiltinUsersSid, NULL, users, &bytes));
    assert_int_equal(GetSecurityInfo(object, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL,
                                     NULL, &list, NULL, &descriptor),
                     ERROR_SUCCESS);
    for (DWORD i = 0; list != NULL && i < list->AceCount; i++)
        if (GetAce(list, i, &entry) && EqualSid(&((ACCESS_ALLOWED_ACE *)entry)->SidStart, users))
            rights |= ((ACCESS_ALLOWED_ACE *)entry)->Mask;
    LocalFree(descriptor);
    CloseHandle(object);
    return rights;
}

static void test_sharing_admits_other_users(void **state) {
    (void)state;
    enum { EVENT_QUERY = 1 };
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "shared");
    options.slot_bytes = 8192;
    options.group_sharing = 1;
    ferry_producer *producer = create_with(&options);
    char other[2 * NAME_BYTES];
    ACCESS_MASK rights = rights_of_users(OpenFileMappingA(READ_CONTROL, FALSE, name));
    assert_true((rights & (SECTION_MAP_READ | GENERIC_READ)) != 0);
    assert_true((rights & (SECTION_MAP_WRITE | GENERIC_WRITE | GENERIC_ALL)) == 0);
    snprintf(other, sizeof other, "%s~consumers", name);
    rights = rights_of_users(OpenFileMappingA(READ_CONTROL, FALSE, other));
    assert_true((rights & (SECTION_MAP_WRITE | GENERIC_WRITE)) != 0);
    snprintf(other, sizeof other, "%s~consumers~event~0~%llx", name,
             (unsigned long long)producer->objects.generation);
    rights = rights_of_users(OpenEventA(READ_CONTROL, FALSE, other));
    assert_true((rights & SYNCHRONIZE) != 0);
    assert_true((rights & (EVENT_MODIFY_STATE | GENERIC_WRITE)) != 0);
    assert_true((rights & (GENERIC_ALL | WRITE_DAC)) == 0);
    ferry_producer_close(&producer);
}

/* What old programs of the same user ask for. */
static void test_old_programs_get_all_rights(void **state) {
    (void)state;
    enum { MUTEX_RIGHTS = 0x1F0001 };
    char event[NAME_BYTES + 8];
    ferry_producer *producer = make_dialect(own_name(name, "old"));
    assert_non_null(producer);
    snprintf(event, sizeof event, "%sMutex", name);
    HANDLE mapping = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name);
    HANDLE announced = OpenEventA(MUTEX_RIGHTS, FALSE, event);
    assert_non_null(mapping);
    assert_non_null(announced);
    assert_int_equal(WaitForSingleObject(announced, 0), WAIT_TIMEOUT);
    assert_int_equal(send_next(producer), FERRY_OK);
    assert_int_equal(WaitForSingleObject(announced, 0), WAIT_OBJECT_0);
    assert_int_equal(WaitForSingleObject(announced, 0), WAIT_TIMEOUT); /* it resets itself */
    CloseHandle(announced);
    CloseHandle(mapping);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

/* ---- sessions ---- */

static void test_prefixes_say_which_session(void **state) {
    (void)state;
    char local[2 * NAME_BYTES], global[2 * NAME_BYTES];
    ferry_status status;
    own_name(name, "session");
    snprintf(local, sizeof local, "Local\\%s", name);
    snprintf(global, sizeof global, "Global\\%s", name);
    ferry_producer *producer = make_producer(local, 4, FERRY_WHEN_FULL_DROP, &status);
    assert_int_equal(status, FERRY_OK);
    make_producer(name, 4, FERRY_WHEN_FULL_DROP, &status); /* it is the same channel */
    assert_int_equal(status, FERRY_BUSY);
    ferry_consumer *consumer = make_consumer(name, FERRY_DELIVERY_LATEST, &status);
    assert_int_equal(status, FERRY_OK);
    assert_int_equal(send_next(producer), FERRY_OK);
    take_and_release(consumer, 1);
    make_consumer(global, FERRY_DELIVERY_LATEST, &status); /* and this is another one */
    assert_int_equal(status, FERRY_NO_PRODUCER);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);

    ferry_error error = {0};
    status = try_producer(global, FERRY_DIALECT_NATIVE, &error);
    assert_true(status == FERRY_OK || status == FERRY_NOT_ALLOWED); /* it takes a privilege */
    if (status == FERRY_NOT_ALLOWED)
        assert_sentence(&error, status, global);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
#ifdef FERRY_FAULTS
        cmocka_unit_test_teardown(test_half_of_an_object_is_not_found, clean_up),
        cmocka_unit_test_teardown(test_who_dies_half_way_hinders_nobody, clean_up),
#endif
        cmocka_unit_test_teardown(test_a_name_that_is_taken, clean_up),
        cmocka_unit_test_teardown(test_an_object_keeps_its_size, clean_up),
        cmocka_unit_test_teardown(test_alone_means_that_nobody_has_it_open, clean_up),
        cmocka_unit_test_teardown(test_the_key_tells_lives_apart, clean_up),
        cmocka_unit_test_teardown(test_what_is_foreign_is_left_alone, clean_up),
        cmocka_unit_test_teardown(test_sharing_admits_other_users, clean_up),
        cmocka_unit_test_teardown(test_old_programs_get_all_rights, clean_up),
        cmocka_unit_test_teardown(test_prefixes_say_which_session, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
