/* Names that QSharedMemory::nativeKey of Qt 5.15 tells, without its folder, and keys that have
 * none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "platform/qt_key.h"

static void test_names_are_those_of_qt(void **state) {
    (void)state;
    static const struct {
        const char *key, *name;
    } cases[] = {
        {"share", "qipc_sharedmemory_shareaab90dfe8c6f152a4fb071f5f4f9df804626e6ab"},
        /* with umlauts, a slash, spaces and a digit */
        {"\xc3\x84 \xc3\xb6/Z\xc3\x9f x1",
         "qipc_sharedmemory_Zx356f601bfcef3eef77094cdb81769d9e867b192c"},
    };
    char name[FERRYI_QT_NAME_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ferryi_qt_key_name(name, FERRYI_QT_MEMORY_PREFIX, cases[i].key, NULL),
                         FERRY_OK);
        assert_string_equal(name, cases[i].name);
    }
    assert_int_equal(ferryi_qt_key_name(name, FERRYI_QT_SEMAPHORE_PREFIX, "share", NULL), FERRY_OK);
    assert_string_equal(name, "qipc_systemsem_shareaab90dfe8c6f152a4fb071f5f4f9df804626e6ab");
}

static void assert_refused(const char *key, const char *word) {
    char name[FERRYI_QT_NAME_BYTES];
    ferry_error error;
    assert_int_equal(ferryi_qt_key_name(name, FERRYI_QT_MEMORY_PREFIX, key, &error),
                     FERRY_INVALID_ARGUMENT);
    assert_non_null(strstr(error.message, word));
}

static void test_what_is_no_key(void **state) {
    (void)state;
    assert_refused("", "empty");
    assert_refused("caf\xe9", "UTF-8");
    assert_refused("\xed\xa0\x80", "UTF-8"); /* half a pair of UTF-16 */
}

static void test_a_name_has_room_for_so_many_letters(void **state) {
    (void)state;
    enum { ROOM = 255 - 18 - 40, MORE = ROOM + 1 };
    char key[2 * MORE + 1], name[FERRYI_QT_NAME_BYTES];
    /* Characters that are no letters need none. */
    memset(key, '7', sizeof key);
    memset(key, 'q', ROOM);
    key[2 * MORE] = '\0';
    assert_int_equal(ferryi_qt_key_name(name, FERRYI_QT_MEMORY_PREFIX, key, NULL), FERRY_OK);
    assert_int_equal(strlen(name), 255);
    key[ROOM] = 'q';
    assert_refused(key, "197");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_those_of_qt),
        cmocka_unit_test(test_what_is_no_key),
        cmocka_unit_test(test_a_name_has_room_for_so_many_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
