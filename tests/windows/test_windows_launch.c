/* Children through CreateProcessW: what they get, what they do not get, and how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <io.h>
#include <signal.h>

#include <frameferry/clock.h>

#include "role.h"

enum { PIECE_BYTES = 100000, PIECES = 40 };

/* ---- roles ---- */

static int exit_with(const char *code) {
    ExitProcess((UINT)strtoul(code, NULL, 0));
}

/* Whether the command line is the rest of the one in the test, to the letter. */
static int check_command(void) {
    const char *rest = strstr(GetCommandLineA(), " check-command");
    return rest != NULL &&
                   strcmp(rest, " check-command  'a  b' \"c \\\"d\\\"\" $HOME;* %PATH%") == 0
               ? 0
               : 1;
}

static bool has(const wchar_t *name, const wchar_t *value) {
    wchar_t found[64];
    DWORD length = GetEnvironmentVariableW(name, found, 64);
    return value == NULL ? length == 0 : length > 0 && length < 64 && wcscmp(found, value) == 0;
}

/* A child looks for a variable from its first place on, as the order of names allows. */
static bool is_sorted(void) {
    const wchar_t *block = GetEnvironmentStringsW();
    bool sorted = true;
    for (const wchar_t *next; *block != L'\0' && sorted; block = next) {
        next = block + wcslen(block) + 1;
        /* Wine puts some of its own in, at the end. */
        if (*next == L'\0' || *block == L'=' || wcsncmp(block, L"WINE", 4) == 0 ||
            wcsncmp(next, L"WINE", 4) == 0)
            continue;
        sorted = CompareStringOrdinal(block, (int)wcscspn(block, L"="), next,
                                      (int)wcscspn(next, L"="), TRUE) == CSTR_LESS_THAN;
    }
    return sorted;
}

static int check_environment(void) {
    if (!has(L"FERRY_NAME", L"camera"))
        return 1;
    if (!has(L"PROG_ONE", L"1") || !has(L"PROG_TWO", L"\x00e4\x6f22"))
        return 2;
    if (!has(L"PROG_GONE", NULL) || !has(L"PROG_OLD_A", NULL) || !has(L"PROG_OLD_B", NULL))
        return 3;
    if (!has(L"PROG_KEPT", L"kept"))
        return 4;
    return is_sorted() ? 0 : 5;
}

/* Whether a handle of the parent's is none here: else the parent's event is set. */
static int check_handle(const char *number) {
    SetEvent((HANDLE)(uintptr_t)strtoull(number, NULL, 0));
    return 0;
}

/* Reads all of standard input, once it is told to, and answers with how much of it was right. */
static int read_all(const char *maker) {
    static unsigned char bytes[PIECE_BYTES];
    if (maker != NULL)
        WaitForSingleObject(open_shared_event("read", maker), STUCK_MS);
    _setmode(0, _O_BINARY);
    int right = 0;
    for (int piece = 0;; piece++) {
        size_t count = fread(bytes, 1, sizeof bytes, stdin);
        if (count == 0)
            return right;
        for (size_t i = 0; i < count; i++)
            if (bytes[i] != (unsigned char)(piece + (int)i % 251))
                return 1000 + piece;
        right += count == sizeof bytes;
    }
}

/* Until the test is over, which no child is to live longer than. */
static int await_over(const char *maker) {
    WaitForSingleObject(open_shared_event("over", maker), STUCK_MS);
    return 0;
}

static int close_input(const char *maker) {
    CloseHandle(GetStdHandle(STD_INPUT_HANDLE));
    SetEvent(open_shared_event("closed", maker));
    return await_over(maker);
}

/* A grandchild that has got the pipe too, and never reads it. */
static int leave_grandchild(const char *maker) {
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION made;
    char role[64], command[2048];
    snprintf(role, sizeof role, "stay %s", maker);
    strcpy(command, role_command(role));
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &made))
        return 98;
    return WaitForSingleObject(open_shared_event("stays", maker), STUCK_MS) == WAIT_OBJECT_0 ? 0
                                                                                             : 97;
}

/* Has the mutex for as long as it lives. */
static int stay(const char *maker) {
    char name[64];
    snprintf(name, sizeof name, "prog-life-%s", maker);
    HANDLE life = OpenMutexA(SYNCHRONIZE, FALSE, name);
    if (life == NULL || WaitForSingleObject(life, STUCK_MS) != WAIT_OBJECT_0)
        return 98;
    SetEvent(open_shared_event("stays", maker));
    return await_over(maker);
}

static int lead(const char *maker) {
    int code = leave_grandchild(maker);
    return code != 0 ? code : await_over(maker);
}

static int play(int count, char **arguments) {
    const char *role = arguments[1], *argument = count > 2 ? arguments[2] : NULL;
    if (strcmp(role, "exit") == 0)
        return exit_with(argument);
    if (strcmp(role, "check-command") == 0)
        return check_command();
    if (strcmp(role, "check-environment") == 0)
        return check_environment();
    if (strcmp(role, "check-handle") == 0)
        return check_handle(argument);
    if (strcmp(role, "read-all") == 0)
        return read_all(argument);
    if (strcmp(role, "close-input") == 0)
        return close_input(argument);
    if (strcmp(role, "leave-grandchild") == 0)
        return leave_grandchild(argument);
    if (strcmp(role, "lead") == 0)
        return lead(argument);
    return strcmp(role, "stay") == 0 ? stay(argument) : 96;
}

/* ---- tests ---- */

static void test_exit_codes_come_back(void **state) {
    (void)state;
    assert_role_exits("exit 0", NULL, 0);
    assert_role_exits("exit 255", NULL, 255);
    assert_role_exits("exit 256", NULL, 256);
    assert_role_exits("exit 0x7fffffff", NULL, INT32_MAX);
    assert_role_exits("exit 0xc0000005", NULL, (int32_t)0xc0000005);
}

static void test_ctrl_c_counts_as_a_signal(void **state) {
    (void)state;
    ferry_child *child = start_role("exit 0xc000013a", NULL); /* STATUS_CONTROL_C_EXIT */
    ferry_child_exit how = finish_role(&child);
    assert_false(how.exited);
    assert_int_equal(how.code, SIGINT);
}

static void test_the_command_goes_as_it_is(void **state) {
    (void)state;
    assert_role_exits("check-command  'a  b' \"c \\\"d\\\"\" $HOME;* %PATH%", NULL, 0);
}

static void test_the_environment(void **state) {
    (void)state;
    static const char *const changes[] = {"prog_one=1", "PROG_TWO=\xc3\xa4\xe6\xbc\xa2",
                                          "PROG_gone", "PROG_OLD_*", NULL};
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.channel = "camera";
    options.variables = changes;
    SetEnvironmentVariableA("FERRY_NAME", "other");
    SetEnvironmentVariableA("PROG_ONE", "old");
    SetEnvironmentVariableA("PROG_GONE", "old");
    SetEnvironmentVariableA("PROG_OLD_A", "old");
    SetEnvironmentVariableA("prog_old_b", "old");
    SetEnvironmentVariableA("PROG_KEPT", "kept");
    assert_role_exits("check-environment", &options, 0);
    static const char *const nameless[] = {"=x", NULL};
    options.variables = nameless;
    options.command = "x";
    ferry_child *child = NULL;
    assert_int_equal(ferry_child_start_with(&child, &options, NULL), FERRY_INVALID_ARGUMENT);
    static const char *const no_text[] = {"PROG=\xff", NULL};
    options.variables = no_text;
    assert_int_equal(ferry_child_start_with(&child, &options, NULL), FERRY_INVALID_ARGUMENT);
}

static void test_no_stray_handle_is_inherited(void **state) {
    (void)state;
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    HANDLE event = CreateEventA(&inherited, TRUE, FALSE, NULL);
    assert_non_null(event);
    char role[64];
    snprintf(role, sizeof role, "check-handle %llu", (unsigned long long)(uintptr_t)event);
    assert_role_exits(role, NULL, 0);
    assert_int_equal(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CloseHandle(event);
}

static void test_what_cannot_be_started_has_a_reason(void **state) {
    (void)state;
    ferry_child *child = NULL;
    ferry_error error = {.os_code = 0};
    assert_int_equal(ferry_child_start(&child, "no-such-program -x", "camera", &error),
                     FERRY_SYSTEM_ERROR);
    assert_int_equal(error.os_code, ERROR_FILE_NOT_FOUND);
    assert_non_null(strstr(error.message, "no-such-program"));
    assert_int_equal(ferry_child_start(&child, " ", "camera", NULL), FERRY_INVALID_ARGUMENT);
    assert_null(child);
}

static HANDLE make_life(void) {
    char name[64];
    snprintf(name, sizeof name, "prog-life-%lu", (unsigned long)GetCurrentProcessId());
    HANDLE life = CreateMutexA(NULL, FALSE, name);
    assert_non_null(life);
    return life;
}

static void test_waiting_has_a_limit(void **state) {
    (void)state;
    HANDLE life = make_life(), stays = make_shared_event("stays");
    char role[64];
    snprintf(role, sizeof role, "stay %lu", (unsigned long)GetCurrentProcessId());
    ferry_child *child = start_role(role, NULL);
    ferry_child_exit how = {.code = -1};
    assert_int_equal(ferry_child_wait(child, 0, &how), FERRY_TIMEOUT);
    uint64_t begin_ns = ferry_clock_ns();
    assert_int_equal(ferry_child_wait(child, FERRY_SECOND_NS / 20, &how), FERRY_TIMEOUT);
    assert_true(ferry_clock_ns() - begin_ns >= (uint64_t)(FERRY_SECOND_NS / 20));
    assert_int_equal(ferry_child_wait(child, -1, &how), FERRY_INVALID_ARGUMENT);
    ferry_child_end(child, true);
    ferry_child_end(child, true);
    how = finish_role(&child);
    assert_true(how.exited);
    assert_int_equal(how.code, 128 + 9);
    CloseHandle(stays);
    CloseHandle(life);
}

static void test_a_group_ends_together(void **state) {
    (void)state;
    HANDLE life = make_life(), stays = make_shared_event("stays");
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.own_group = 1;
    char role[64];
    snprintf(role, sizeof role, "lead %lu", (unsigned long)GetCurrentProcessId());
    ferry_child *child = start_role(role, &options);
    assert_is_set_soon(stays);
    assert_int_equal(WaitForSingleObject(life, 0), WAIT_TIMEOUT); /* the grandchild has it */
    ferry_child_end(child, false);
    ferry_child_exit how = finish_role(&child);
    assert_true(how.exited);
    assert_int_equal(how.code, 128 + 15);
    assert_int_equal(WaitForSingleObject(life, STUCK_MS), WAIT_ABANDONED);
    CloseHandle(stays);
    CloseHandle(life);
}

static void fill_piece(unsigned char bytes[PIECE_BYTES], int piece) {
    for (int i = 0; i < PIECE_BYTES; i++)
        bytes[i] = (unsigned char)(piece + i % 251);
}

static ferry_child *start_reader(const char *role, HANDLE *event, const char *what) {
    char text[64];
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.pipe_input = 1;
    *event = make_shared_event(what);
    snprintf(text, sizeof text, "%s %lu", role, (unsigned long)GetCurrentProcessId());
    return start_role(text, &options);
}

/* Writes until the time limit strikes, and says how many pieces have gone whole; *part is how much
 * of the next one. */
static int write_pieces(ferry_child *child, int from, size_t *part, int64_t timeout_ns) {
    static unsigned char bytes[PIECE_BYTES];
    for (int piece = from; piece < PIECES; piece++) {
        size_t written = 0;
        fill_piece(bytes, piece);
        ferry_status status =
            ferry_child_write(child, bytes + *part, PIECE_BYTES - *part, timeout_ns, &written);
        *part += written;
        if (status == FERRY_TIMEOUT)
            return piece;
        assert_int_equal(status, FERRY_OK);
        assert_int_equal(*part, PIECE_BYTES);
        *part = 0;
    }
    return PIECES;
}

static void test_a_time_limit_loses_nothing(void **state) {
    (void)state;
    HANDLE read;
    size_t part = 0;
    ferry_child *child = start_reader("read-all", &read, "read");
    int whole = write_pieces(child, 0, &part, 0);
    assert_in_range(whole, 10, PIECES - 1); /* 1 MiB fits, and 4 MB do not */
    assert_int_equal(write_pieces(child, whole, &part, FERRY_SECOND_NS / 50), whole);
    SetEvent(read);
    assert_int_equal(write_pieces(child, whole, &part, STUCK_NS), PIECES);
    ferry_child_close_input(child);
    assert_int_equal(finish_role(&child).code, PIECES);
    CloseHandle(read);
}

static void test_what_has_been_written_arrives_after_closing(void **state) {
    (void)state;
    HANDLE read;
    size_t part = 0;
    ferry_child *child = start_reader("read-all", &read, "read");
    int whole = write_pieces(child, 0, &part, 0);
    ferry_child_close_input(child);
    ferry_child_close_input(child);
    assert_int_equal(ferry_child_write(child, "", 1, 0, NULL), FERRY_INVALID_ARGUMENT);
    SetEvent(read);
    assert_int_equal(finish_role(&child).code, whole);
    CloseHandle(read);
}

static ferry_status write_without_end(ferry_child *child) {
    static const unsigned char bytes[PIECE_BYTES];
    ferry_status status = FERRY_OK;
    uint64_t begin_ns = ferry_clock_ns();
    while (status == FERRY_OK && ferry_clock_ns() - begin_ns < (uint64_t)STUCK_NS)
        status = ferry_child_write(child, bytes, sizeof bytes, STUCK_NS, NULL);
    return status;
}

static void test_a_closed_input_is_the_end_of_the_stream(void **state) {
    (void)state;
    HANDLE closed;
    ferry_child *child = start_reader("close-input", &closed, "closed");
    assert_is_set_soon(closed);
    assert_int_equal(write_without_end(child), FERRY_END_OF_STREAM);
    assert_int_equal(write_without_end(child), FERRY_END_OF_STREAM);
    ferry_child_end(child, true);
    finish_role(&child);
    CloseHandle(closed);
}

static void test_a_child_that_ends_does_too(void **state) {
    (void)state;
    HANDLE stays, life = make_life();
    ferry_child *child = start_reader("leave-grandchild", &stays, "stays");
    assert_int_equal(write_without_end(child), FERRY_END_OF_STREAM);
    ferry_child_exit how;
    assert_int_equal(ferry_child_wait(child, STUCK_NS, &how), FERRY_OK);
    assert_int_equal(how.code, 0);
    assert_int_equal(WaitForSingleObject(life, 0), WAIT_TIMEOUT); /* the grandchild lives */
    ferry_child_free(&child);
    CloseHandle(stays);
    CloseHandle(life);
}

int main(int count, char **arguments) {
    if (count > 1)
        return play(count, arguments);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes_come_back),
        cmocka_unit_test(test_ctrl_c_counts_as_a_signal),
        cmocka_unit_test(test_the_command_goes_as_it_is),
        cmocka_unit_test(test_the_environment),
        cmocka_unit_test(test_no_stray_handle_is_inherited),
        cmocka_unit_test(test_what_cannot_be_started_has_a_reason),
        cmocka_unit_test(test_waiting_has_a_limit),
        cmocka_unit_test(test_a_group_ends_together),
        cmocka_unit_test(test_a_time_limit_loses_nothing),
        cmocka_unit_test(test_what_has_been_written_arrives_after_closing),
        cmocka_unit_test(test_a_closed_input_is_the_end_of_the_stream),
        cmocka_unit_test(test_a_child_that_ends_does_too),
    };
    HANDLE over = make_shared_event("over");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    SetEvent(over);
    return failed;
}
