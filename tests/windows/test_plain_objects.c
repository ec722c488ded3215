/* Memory, semaphores and events beside programs that make them by the system's calls, and with
 * objects of other kinds under the name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <wchar.h>
#include <windows.h>

#include <sddl.h> /* needs windows.h */

#include "platform/manual_event.h"
#include "platform/plain_memory.h"
#include "platform/semaphore.h"
#include "process_support.h"
#include "surroundings.h"

enum { BYTES = 250, FOLDER_BYTES = 280 };

static atomic_bool lost;

/* ---- other kinds under the name ---- */

static HANDLE make_mapping(const char *name) {
    return CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, BYTES, name);
}

static HANDLE make_semaphore(const char *name) {
    return CreateSemaphoreA(NULL, 1, 1, name);
}

static HANDLE make_event(const char *name) {
    return CreateEventA(NULL, TRUE, TRUE, name);
}

static HANDLE make_auto_event(const char *name) {
    return CreateEventA(NULL, FALSE, TRUE, name);
}

static HANDLE make_mutex(const char *name) {
    return CreateMutexA(NULL, FALSE, name);
}

static HANDLE make_timer(const char *name) {
    return CreateWaitableTimerA(NULL, TRUE, name);
}

static HANDLE make_job(const char *name) {
    return CreateJobObjectA(NULL, name);
}

static const struct {
    HANDLE (*make)(const char *name);
    const char *kind;
    bool is_mapping, is_semaphore, is_event;
} kinds[] = {
    {.make = make_mapping, .kind = "a mapping", .is_mapping = true},
    {.make = make_semaphore, .kind = "a semaphore", .is_semaphore = true},
    {.make = make_event, .kind = "an event", .is_event = true},
    {.make = make_auto_event, .kind = "an auto-reset event"},
    {.make = make_mutex, .kind = "a mutex"},
    {.make = make_timer, .kind = "a timer"},
    {.make = make_job, .kind = "a job"},
};

static void assert_says(const ferry_error *error, ferry_status status, const char *name,
                        const char *kind) {
    assert_sentence(error, status, name);
    assert_non_null(strstr(error->message, kind));
    assert_non_null(strstr(error->message, "choose another name"));
    assert_null(strstr(error->message, "remove"));
}

static void try_memory(const char *name, const char *kind) {
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    ferry_error error = {0};
    assert_int_equal(ferryi_plain_memory_open(&memory, name, FERRYI_PLAIN_READ, FERRYI_NOT_SHARED,
                                              &lost, &error),
                     FERRY_FOREIGN);
    assert_says(&error, FERRY_FOREIGN, name, kind);
    assert_int_equal(ferryi_plain_memory_make(&memory, name, BYTES, FERRYI_PLAIN_EXECUTE,
                                              FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_BUSY);
    assert_says(&error, FERRY_BUSY, name, kind);
}

static void try_semaphore(const char *name, const char *kind) {
    ferryi_semaphore *semaphore = NULL;
    ferry_error error = {0};
    assert_int_equal(ferryi_semaphore_open(&semaphore, name, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_FOREIGN);
    assert_says(&error, FERRY_FOREIGN, name, kind);
    assert_int_equal(ferryi_semaphore_make(&semaphore, name, 1, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_FOREIGN);
    assert_says(&error, FERRY_FOREIGN, name, kind);
    assert_null(semaphore);
}

static void try_event(const char *name, const char *kind) {
    ferryi_manual_event *event = NULL;
    ferry_error error = {0};
    assert_int_equal(ferryi_manual_event_open(&event, name, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_FOREIGN);
    assert_says(&error, FERRY_FOREIGN, name, kind);
    assert_int_equal(ferryi_manual_event_make(&event, name, true, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_FOREIGN);
    assert_says(&error, FERRY_FOREIGN, name, kind);
    assert_null(event);
}

static void test_other_kinds_are_told(void **state) {
    (void)state;
    char name[NAME_BYTES];
    own_name(name, "kind");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        HANDLE object = kinds[i].make(name);
        bool is_auto = kinds[i].make == make_auto_event;
        const char *kind = is_auto ? "an event" : kinds[i].kind;
        assert_non_null(object);
        if (!kinds[i].is_mapping)
            try_memory(name, kind);
        if (!kinds[i].is_semaphore)
            try_semaphore(name, kind);
        if (!kinds[i].is_event)
            try_event(name, kinds[i].kind);
        CloseHandle(object);
    }
    assert_nothing_left();
}

/* ---- objects of old programs ---- */

static void test_a_mapping_of_theirs(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    HANDLE theirs = make_mapping(own_name(name, "mapping"));
    char *view = MapViewOfFile(theirs, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    strcpy(view, "theirs");
    assert_int_equal(
        ferryi_plain_memory_open(&memory, name, FERRYI_PLAIN_WRITE, FERRYI_NOT_SHARED, &lost, NULL),
        FERRY_OK);
    assert_int_equal(memory.shm.size_bytes, FERRYI_SHM_PAGE);
    assert_string_equal((const char *)memory.shm.base, "theirs");
    strcpy((char *)memory.shm.base, "ours");
    assert_string_equal(view, "ours");
    ferryi_plain_memory_close(&memory, true);
    UnmapViewOfFile(view);
    CloseHandle(theirs);
    assert_nothing_left();
}

/* For programs that ask for the right to execute. (Wine gives it with any mapping.) */
static void test_a_mapping_of_ours_may_be_executed(void **state) {
    (void)state;
    char name[NAME_BYTES];
    MEMORY_BASIC_INFORMATION about;
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    assert_int_equal(ferryi_plain_memory_make(&memory, own_name(name, "execute"), BYTES,
                                              FERRYI_PLAIN_EXECUTE, FERRYI_NOT_SHARED, &lost, NULL),
                     FERRY_OK);
    HANDLE theirs =
        CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, BYTES, name);
    assert_non_null(theirs);
    void *view = MapViewOfFile(theirs, FILE_MAP_WRITE | FILE_MAP_EXECUTE, 0, 0, 0);
    assert_non_null(view);
    UnmapViewOfFile(view);
    CloseHandle(theirs);
    assert_true(VirtualQuery(memory.shm.base, &about, sizeof about) != 0);
    assert_int_equal(about.Protect, PAGE_READWRITE); /* this process has no such right */
    assert_int_equal(about.AllocationProtect, PAGE_READWRITE);
    ferryi_plain_memory_close(&memory, true);
    assert_nothing_left();
}

/* Reserved at first, and committed as it is needed. */
static void test_a_mapping_that_is_committed_bit_by_bit(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_error error = {0};
    ferryi_plain_memory memory = FERRYI_PLAIN_MEMORY_INIT;
    HANDLE theirs = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE | SEC_RESERVE, 0,
                                       16 * FERRYI_SHM_PAGE, own_name(name, "reserved"));
    char *view = MapViewOfFile(theirs, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    assert_int_equal(ferryi_plain_memory_open(&memory, name, FERRYI_PLAIN_READ, FERRYI_NOT_SHARED,
                                              &lost, &error),
                     FERRY_NO_PRODUCER);
    assert_sentence(&error, FERRY_NO_PRODUCER, name);
    assert_non_null(VirtualAlloc(view, 2 * FERRYI_SHM_PAGE, MEM_COMMIT, PAGE_READWRITE));
    assert_int_equal(
        ferryi_plain_memory_open(&memory, name, FERRYI_PLAIN_READ, FERRYI_NOT_SHARED, &lost, NULL),
        FERRY_OK);
    assert_int_equal(memory.shm.size_bytes, 2 * FERRYI_SHM_PAGE);
    assert_false(ferryi_plain_memory_is_stale(&memory));
    assert_non_null(VirtualAlloc(view, 5 * FERRYI_SHM_PAGE, MEM_COMMIT, PAGE_READWRITE));
    assert_true(ferryi_plain_memory_is_stale(&memory));
    ferryi_plain_memory_close(&memory, true);
    UnmapViewOfFile(view);
    CloseHandle(theirs);
    assert_nothing_left();
}

static void test_a_semaphore_of_theirs(void **state) {
    (void)state;
    enum { MOST = 0x7FFFFFFF };
    char name[NAME_BYTES];
    ferryi_semaphore *ours = NULL;
    HANDLE theirs = CreateSemaphoreA(NULL, 2, MOST, own_name(name, "semaphore"));
    assert_int_equal(ferryi_semaphore_make(&ours, name, 0, FERRYI_NOT_SHARED, &lost, NULL),
                     FERRY_OK);
    assert_int_equal(ferryi_semaphore_value(ours), 2);
    ferryi_semaphore_release(ours);
    assert_int_equal(ferryi_semaphore_value(ours), 2);
    assert_true(ferryi_semaphore_wait(ours, 0));
    assert_int_equal(WaitForSingleObject(theirs, 0), WAIT_OBJECT_0);
    ferryi_semaphore_release(ours);
    ferryi_semaphore_release(ours);
    assert_int_equal(WaitForSingleObject(theirs, 0), WAIT_OBJECT_0);
    assert_int_equal(WaitForSingleObject(theirs, 0), WAIT_TIMEOUT);
    ferryi_semaphore_close(&ours, true);
    CloseHandle(theirs);
    /* Ours has room for one. */
    assert_int_equal(ferryi_semaphore_make(&ours, name, 1, FERRYI_NOT_SHARED, &lost, NULL),
                     FERRY_OK);
    theirs = OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, name);
    assert_non_null(theirs);
    assert_false(ReleaseSemaphore(theirs, 1, NULL));
    CloseHandle(theirs);
    ferryi_semaphore_close(&ours, true);
    assert_nothing_left();
}

/* Everybody may do what rights say, and no more. */
static SECURITY_ATTRIBUTES give(DWORD rights) {
    wchar_t text[64];
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    swprintf(text, sizeof text / sizeof text[0], L"D:P(A;;0x%lx;;;WD)", rights);
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(
        text, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL));
    return attributes;
}

static void test_objects_that_give_few_rights(void **state) {
    (void)state;
    char name[NAME_BYTES], other[NAME_BYTES];
    ferryi_semaphore *semaphore = NULL;
    ferryi_manual_event *event = NULL;
    ferry_error error = {0};
    SECURITY_ATTRIBUTES few = give(SYNCHRONIZE | SEMAPHORE_MODIFY_STATE), none = give(READ_CONTROL);
    HANDLE objects[] = {CreateSemaphoreA(&few, 1, 1, own_name(name, "few")),
                        CreateEventA(&few, TRUE, TRUE, own_name(other, "few-event"))};
    assert_int_equal(ferryi_semaphore_make(&semaphore, name, 0, FERRYI_NOT_SHARED, &lost, NULL),
                     FERRY_OK);
    assert_int_equal(ferryi_semaphore_value(semaphore), 0); /* which it does not tell */
    assert_true(ferryi_semaphore_wait(semaphore, 0));
    assert_false(ferryi_semaphore_wait(semaphore, 0));
    ferryi_semaphore_release(semaphore);
    ferryi_semaphore_release(semaphore);
    assert_true(ferryi_semaphore_wait(semaphore, 0));
    assert_false(ferryi_semaphore_wait(semaphore, 0));
    ferryi_semaphore_close(&semaphore, true);
    assert_int_equal(ferryi_manual_event_make(&event, other, false, FERRYI_NOT_SHARED, &lost, NULL),
                     FERRY_OK);
    assert_true(ferryi_manual_event_wait(event, 0));
    ferryi_manual_event_reset(event);
    assert_false(ferryi_manual_event_wait(event, 0));
    ferryi_manual_event_close(&event, true);
    CloseHandle(objects[0]);
    CloseHandle(objects[1]);
    objects[0] = CreateSemaphoreA(&none, 1, 1, name);
    assert_int_equal(ferryi_semaphore_make(&semaphore, name, 0, FERRYI_NOT_SHARED, &lost, &error),
                     FERRY_NOT_ALLOWED);
    assert_sentence(&error, FERRY_NOT_ALLOWED, name);
    CloseHandle(objects[0]);
    LocalFree(few.lpSecurityDescriptor);
    LocalFree(none.lpSecurityDescriptor);
    assert_nothing_left();
}

/* ---- files ---- */

static ferry_status open_file(ferryi_plain_memory *out, const char *name, const char *path,
                              ferry_error *error) {
    *out = (ferryi_plain_memory)FERRYI_PLAIN_MEMORY_INIT;
    return ferryi_plain_memory_file(out, name, path, BYTES, FERRYI_PLAIN_WRITE, FERRYI_NOT_SHARED,
                                    &lost, error);
}

static void test_a_file_is_found_by_its_name_too(void **state) {
    (void)state;
    char folder[FOLDER_BYTES], path[FOLDER_BYTES + 8], another[FOLDER_BYTES + 8], name[NAME_BYTES];
    ferry_error error = {0};
    ferryi_plain_memory memory, found = FERRYI_PLAIN_MEMORY_INIT, second;
    assert_true(make_temporary_folder(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(another, sizeof another, "%s/another", folder);
    own_name(name, "file");
    assert_int_equal(open_file(&memory, name, path, NULL), FERRY_OK);
    strcpy((char *)memory.shm.base, "text");
    assert_int_equal(
        ferryi_plain_memory_open(&found, name, FERRYI_PLAIN_READ, FERRYI_NOT_SHARED, &lost, NULL),
        FERRY_OK);
    assert_string_equal((const char *)found.shm.base, "text");
    assert_int_equal(open_file(&second, name, path, NULL), FERRY_OK);
    assert_string_equal((const char *)second.shm.base, "text");
    ferryi_plain_memory_close(&second, true);
    /* The name is that of another file's. */
    assert_int_equal(open_file(&second, name, another, &error), FERRY_FOREIGN);
    assert_says(&error, FERRY_FOREIGN, name, "a mapping");
    ferryi_plain_memory_close(&found, true);
    ferryi_plain_memory_close(&memory, true);
    /* The name is that of memory of no file. */
    HANDLE theirs = make_mapping(name);
    assert_int_equal(open_file(&second, name, path, &error), FERRY_FOREIGN);
    assert_says(&error, FERRY_FOREIGN, name, "a mapping");
    CloseHandle(theirs);
    theirs = make_mutex(name);
    assert_int_equal(open_file(&second, name, path, &error), FERRY_FOREIGN);
    assert_says(&error, FERRY_FOREIGN, name, "a mutex");
    CloseHandle(theirs);
    assert_int_equal(remove(path), 0);
    remove(another);
    assert_int_equal(_rmdir(folder), 0);
    assert_nothing_left();
}

static void test_what_is_no_file(void **state) {
    (void)state;
    char name[NAME_BYTES];
    ferry_error error = {0};
    ferryi_plain_memory memory;
    assert_int_equal(open_file(&memory, own_name(name, "device"), "NUL", &error), FERRY_FOREIGN);
    assert_sentence(&error, FERRY_FOREIGN, "NUL");
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_other_kinds_are_told, clean_up),
        cmocka_unit_test_teardown(test_a_mapping_of_theirs, clean_up),
        cmocka_unit_test_teardown(test_a_mapping_of_ours_may_be_executed, clean_up),
        cmocka_unit_test_teardown(test_a_mapping_that_is_committed_bit_by_bit, clean_up),
        cmocka_unit_test_teardown(test_a_semaphore_of_theirs, clean_up),
        cmocka_unit_test_teardown(test_objects_that_give_few_rights, clean_up),
        cmocka_unit_test_teardown(test_a_file_is_found_by_its_name_too, clean_up),
        cmocka_unit_test_teardown(test_what_is_no_file, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
