/* Names of sections in the directories of the object manager, and the channels among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <windows.h>

#include <winternl.h> /* needs windows.h */

#include "channel_support.h"
#include "platform/windows/sections.h"

static char name[NAME_BYTES];

/* ---- the call, as the manual describes it ---- */

enum { SECTIONS = 2000, MOST = 5000 };
static const LONG more_entries = 0x105, no_more_entries = (LONG)0x8000001A,
                  too_small = (LONG)0xC0000023, not_implemented = (LONG)0xC0000002;

static int entries;     /* in the directory */
static bool one_by_one; /* all that Wine 8 can */
static unsigned calls;

static UNICODE_STRING text(wchar_t *at, const wchar_t *value) {
    UNICODE_STRING s = {.Length = (USHORT)(wcslen(value) * sizeof *value), .Buffer = at};
    s.MaximumLength = (USHORT)(s.Length + sizeof *value);
    memcpy(at, value, s.MaximumLength);
    return s;
}

/* Every third entry is an event; the others are sections 0, 1, 2, ... */
static void write_entry(directory_entry *out, wchar_t *at, int i) {
    wchar_t value[32];
    swprintf(value, 32, L"name %d", i);
    out->name = text(at, value);
    out->type = text(at + wcslen(value) + 1, i % 3 == 2 ? L"Event" : L"Section");
}

/* The entries come first, the last one of zeros, and then their texts. */
static LONG NTAPI query(HANDLE directory, void *buffer, ULONG bytes, BOOLEAN single,
                        BOOLEAN restart, ULONG *context, ULONG *used) {
    enum { TEXT_LENGTH = 32 };
    directory_entry *out = buffer;
    (void)directory;
    calls++;
    if (one_by_one && !single)
        return not_implemented;
    if (restart)
        *context = 0;
    if (*context >= (ULONG)entries)
        return no_more_entries;
    ULONG each = (ULONG)(sizeof *out + TEXT_LENGTH * sizeof(wchar_t));
    ULONG fit = (bytes - (ULONG)sizeof *out) / each, left = (ULONG)entries - *context;
    ULONG count = single ? 1 : left < fit ? left : fit;
    if (fit == 0)
        return too_small;
    wchar_t *texts = (wchar_t *)(void *)(out + count + 1);
    for (ULONG i = 0; i < count; i++)
        write_entry(&out[i], texts + i * TEXT_LENGTH, (int)(*context + i));
    memset(&out[count], 0, sizeof *out);
    *context += count;
    *used = count * each;
    return count < left && !single ? more_entries : 0;
}

typedef struct seen {
    unsigned times[MOST];
    unsigned count, most;
} seen;

static bool see(void *argument, const char *found) {
    seen *s = argument;
    int i;
    assert_int_equal(sscanf(found, "name %d", &i), 1);
    assert_true(i >= 0 && i < entries && i % 3 != 2);
    s->times[i]++;
    return ++s->count < s->most;
}

static void assert_all_are_listed(int count, unsigned times) {
    static seen s;
    memset(&s, 0, sizeof s);
    s.most = UINT_MAX;
    entries = count;
    assert_true(ferryi_sections_read(NULL, query, see, &s) >= 0);
    for (int i = 0; i < count; i++)
        assert_int_equal(s.times[i], i % 3 == 2 ? 0 : times);
}

/* Those of one directory come in one call, whatever room they need: others may come and go between
 * two. */
static void test_all_at_once(void **state) {
    (void)state;
    static const int counts[] = {0, 1, 2, 3, 100, SECTIONS, MOST};
    one_by_one = false;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_all_are_listed(counts[i], 1);
}

static void test_one_by_one(void **state) {
    (void)state;
    static const int counts[] = {0, 1, 2, 3, 100};
    one_by_one = true;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_all_are_listed(counts[i], 4);
}

static void test_no_more_than_is_wanted(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        seen s = {.most = 10};
        one_by_one = i == 1;
        entries = SECTIONS;
        assert_true(ferryi_sections_read(NULL, query, see, &s) >= 0);
        assert_int_equal(s.count, 10);
    }
}

static LONG NTAPI refuse(HANDLE directory, void *buffer, ULONG bytes, BOOLEAN single,
                         BOOLEAN restart, ULONG *context, ULONG *used) {
    (void)directory;
    (void)buffer;
    (void)bytes;
    (void)single;
    (void)restart;
    (void)context;
    (void)used;
    return (LONG)0xC0000022; /* STATUS_ACCESS_DENIED */
}

static void test_refusals(void **state) {
    (void)state;
    seen s = {.most = 1};
    assert_int_equal(ferryi_sections_read(NULL, refuse, see, &s), (int32_t)0xC0000022);
    assert_true(ferryi_sections_list(L"\\NothingHasThisName", see, &s) < 0);
    assert_int_equal(s.count, 0);
}

/* ---- channels ---- */

/* Which of this run's names are listed, in their order, as text. */
static const char *listed(uint32_t which) {
    static char found[1024];
    enum { ROOM = 4096 };
    static ferry_peek_name names[ROOM];
    size_t count, used = 0;
    ferry_error error;
    found[0] = '\0';
    if (ferry_peek_list(names, ROOM, &count, which, &error) != FERRY_OK)
        fail_msg("list: %s", error.message);
    assert_true(count <= ROOM);
    for (size_t i = 0; i < count; i++) {
        const char *mark = strstr(names[i].name, own_marker());
        assert_true(i == 0 || strcmp(names[i - 1].name, names[i].name) < 0);
        assert_int_equal(ferry_name_check(names[i].name, NULL), FERRY_OK);
        if (mark != NULL)
            used += (size_t)snprintf(found + used, sizeof found - used, "%.*s%s ",
                                     (int)(mark - names[i].name), names[i].name,
                                     mark + strlen(own_marker()));
    }
    return found;
}

static void test_channels_that_live(void **state) {
    (void)state;
    char other[NAME_BYTES], global[NAME_BYTES + 8];
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "");
    ferry_producer *one = make_producer(own_name(name, "b"), 4, FERRY_WHEN_FULL_DROP, NULL);
    ferry_producer *two = make_dialect(own_name(other, "a"));
    assert_non_null(one);
    assert_non_null(two);
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "a b ");
    assert_string_equal(listed(FERRY_PEEK_ALL), "a b ");
    snprintf(global, sizeof global, "Global\\%s", name);
    ferry_producer *three = make_producer(global, 4, FERRY_WHEN_FULL_DROP, NULL);
    assert_non_null(three);
    const char *found = listed(FERRY_PEEK_CHANNELS);
    DWORD session = 0;
    ProcessIdToSessionId(GetCurrentProcessId(), &session);
    assert_string_equal(found, session != 0 ? "Global\\b a b " : "a b ");
    ferry_producer_close(&three);
    ferry_producer_close(&one);
    ferry_producer_close(&two);
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "");
    assert_nothing_left();
}

static HANDLE make_section(const char *named) {
    HANDLE made = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 65536, named);
    assert_non_null(made);
    return made;
}

/* A mapping is one of the old kind if its event is there. */
static void test_what_other_programs_have(void **state) {
    (void)state;
    char event[NAME_BYTES + 8], refused[NAME_BYTES + 8];
    HANDLE section = make_section(own_name(name, "old"));
    snprintf(refused, sizeof refused, "%s with blanks", name);
    HANDLE odd = make_section(refused);
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "");
    assert_string_equal(listed(FERRY_PEEK_ALL), "old ");
    snprintf(event, sizeof event, "%sMutex", name);
    HANDLE made = CreateEventA(NULL, FALSE, FALSE, event);
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "old ");
    CloseHandle(made);
    CloseHandle(odd);
    CloseHandle(section);
    assert_string_equal(listed(FERRY_PEEK_ALL), "");
}

static void produce(const void *argument) {
    CHILD_CHECK(make_producer(argument, 4, FERRY_WHEN_FULL_WAIT, NULL) != NULL);
    child_say('r');
    child_rest();
}

static void test_one_that_was_killed(void **state) {
    (void)state;
    child *producer = start_child(produce, own_name(name, "killed"));
    assert_int_equal(hear(producer), 'r');
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "killed ");
    kill_child(producer);
    assert_string_equal(listed(FERRY_PEEK_CHANNELS), "");
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_all_at_once, clean_up),
        cmocka_unit_test_teardown(test_one_by_one, clean_up),
        cmocka_unit_test_teardown(test_no_more_than_is_wanted, clean_up),
        cmocka_unit_test_teardown(test_refusals, clean_up),
        cmocka_unit_test_teardown(test_channels_that_live, clean_up),
        cmocka_unit_test_teardown(test_what_other_programs_have, clean_up),
        cmocka_unit_test_teardown(test_one_that_was_killed, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
