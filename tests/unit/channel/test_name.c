/* Names of channels: the rules, the Win32 prefixes, and the names of a channel's objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "channel/names.h"
#include "platform/shm.h"

static void assert_allowed(const char *name, const char *plain) {
    ferryi_names names;
    char wanted[FERRYI_NAME_BYTES];
    ferry_error error = {0};
    assert_int_equal(ferry_name_check(name, &error), FERRY_OK);
    assert_int_equal(ferryi_names_make(&names, name, &error), FERRY_OK);
    assert_int_equal(error.message[0], '\0'); /* left as it was */
    const char *kept = ferryi_shm_has_sessions() ? name : plain;
    assert_string_equal(names.frames, kept);
    snprintf(wanted, sizeof wanted, "%s~consumers", kept);
    assert_string_equal(names.consumers, wanted);
    snprintf(wanted, sizeof wanted, "%sMutex", kept);
    assert_string_equal(names.event, wanted);
}

static void assert_refused(const char *name) {
    ferryi_names names;
    ferry_error error = {0};
    assert_int_equal(ferry_name_check(name, NULL), FERRY_BAD_NAME);
    assert_int_equal(ferry_name_check(name, &error), FERRY_BAD_NAME);
    assert_int_equal(error.status, FERRY_BAD_NAME);
    assert_int_equal(error.os_code, 0);
    assert_non_null(memchr(error.message, '\0', sizeof error.message));
    assert_true(strlen(error.message) > 20);
    for (const char *c = error.message; *c != '\0'; c++)
        assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
    if (name != NULL)
        assert_int_equal(ferryi_names_make(&names, name, NULL), FERRY_BAD_NAME);
}

static void test_every_character(void **state) {
    (void)state;
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    for (int c = 1; c < 256; c++) {
        const char alone[] = {(char)c, '\0'}, inside[] = {'x', (char)c, 'x', '\0'},
                   last[] = {'x', (char)c, '\0'};
        if (strchr(allowed, c) != NULL) {
            assert_allowed(inside, inside);
            assert_allowed(last, last);
            if (c != '.')
                assert_allowed(alone, alone);
        } else {
            assert_refused(inside);
            assert_refused(last);
            assert_refused(alone);
        }
    }
}

static void test_beginnings(void **state) {
    (void)state;
    assert_refused("");
    assert_refused(".");
    assert_refused("..");
    assert_refused(".hidden");
    assert_refused("sem.");
    assert_refused("sem.BaseImage");
    assert_allowed("sem", "sem");
    assert_allowed("semx", "semx");
    assert_allowed("sem-x", "sem-x");
    assert_allowed("Sem.x", "Sem.x");
    assert_allowed("xsem.x", "xsem.x");
    assert_allowed("x.", "x.");
    assert_allowed("-", "-");
    assert_allowed("_..", "_..");
}

static void test_what_could_leave_the_folder_or_meet_another_object(void **state) {
    (void)state;
    assert_refused("a/b");
    assert_refused("/a");
    assert_refused("../a");
    assert_refused("a~consumers");
    assert_refused("a b");
    assert_refused("a\nb");
    assert_refused("a\033[2Jb");
    assert_refused("Kamera-\xc3\xa4");
    assert_refused("\xff\xfe");
}

static void test_prefixes(void **state) {
    (void)state;
    assert_allowed("Local\\camera", "camera");
    assert_allowed("Global\\camera", "camera");
    assert_allowed("Local\\BaseImage", "BaseImage");
    assert_refused("Local\\");
    assert_refused("Global\\");
    assert_refused("Local\\Local\\camera");
    assert_refused("Local\\.camera");
    assert_refused("Global\\sem.camera");
    assert_refused("local\\camera");
    assert_refused("Session\\camera");
    assert_refused("\\camera");
    assert_allowed("Local", "Local");
    assert_allowed("Globalcamera", "Globalcamera");
}

static void test_length(void **state) {
    (void)state;
    char longest[FERRY_NAME_MAX + 1], name[sizeof longest + sizeof "Global\\n"];
    memset(longest, 'n', sizeof longest);
    longest[FERRY_NAME_MAX] = '\0';
    assert_allowed(longest, longest);
    snprintf(name, sizeof name, "Global\\%s", longest);
    assert_allowed(name, longest);
    snprintf(name, sizeof name, "%sn", longest);
    assert_refused(name);
    snprintf(name, sizeof name, "Local\\%sn", longest);
    assert_refused(name);
    static char huge[100000];
    memset(huge, 'n', sizeof huge - 1);
    assert_refused(huge);
    /* The longest that is refused for another reason still fits its sentence. */
    longest[FERRY_NAME_MAX - 1] = '\x1b';
    assert_refused(longest);
}

static void test_no_name(void **state) {
    (void)state;
    assert_refused(NULL);
    ferryi_names names;
    assert_int_equal(ferryi_names_make(&names, NULL, NULL), FERRY_OK);
    assert_string_equal(names.frames, "BaseImage");
    assert_string_equal(names.consumers, "BaseImage~consumers");
    assert_string_equal(names.event, "BaseImageMutex");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_character),
        cmocka_unit_test(test_beginnings),
        cmocka_unit_test(test_what_could_leave_the_folder_or_meet_another_object),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
