/* What the programs need of Windows: their command line, Ctrl-C, sleeping, standard input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>

#include <frameferry/clock.h>

#include "host/host.h"
#include "host/inside.h"

#include "role.h"

#define WORDS "\xc3\xa4\xe6\xbc\xa2"

/* ---- roles: each exits with 0, or the number of what went wrong ---- */

static int check_arguments(int count, char **arguments) {
    host_take_arguments(&count, &arguments);
    if (count != 5 || arguments[5] != NULL)
        return 1;
    return strcmp(arguments[2], WORDS) == 0 && strcmp(arguments[3], "a \"b\"") == 0 &&
                   strcmp(arguments[4], "") == 0
               ? 0
               : 2;
}

static atomic_int notified;

static void notify(void *argument) {
    atomic_fetch_add(&notified, *(int *)argument);
}

/* Presses Ctrl-C for all programs of this one's console. */
static bool press(void) {
    return GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
}

/* They come in another thread, and nothing else tells. */
static void await_notified(int sum) {
    while (atomic_load(&notified) < sum)
        Sleep(1);
}

static int check_stop(void) {
    static int step = 10;
    uint64_t far_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    if (host_sleep_until(ferry_clock_ns() + 1000000))
        return 1;
    if (host_catch_stop(notify, &step, NULL) != FERRY_OK || host_stop_count() != 0)
        return 2;
    uint64_t soon_ns = ferry_clock_ns() + (uint64_t)FERRY_SECOND_NS / 50;
    if (host_sleep_until(soon_ns) || ferry_clock_ns() < soon_ns)
        return 3;
    if (!press() || !host_sleep_until(far_ns) || ferry_clock_ns() >= far_ns)
        return 4;
    await_notified(10);
    if (host_stop_count() != 1)
        return 5;
    press();
    await_notified(20);
    if (host_stop_count() != 2 || !host_sleep_until(far_ns))
        return 6;
    press();
    Sleep(STUCK_MS); /* the third one ends the process */
    return 7;
}

/* The handle that notify uses is gone after the call. */
static atomic_bool is_inside, may_leave;

static void notify_slowly(void *argument) {
    (void)argument;
    atomic_store(&is_inside, true);
    while (!atomic_load(&may_leave))
        Sleep(1);
    atomic_store(&is_inside, false);
}

static void let_leave(void *argument) {
    (void)argument;
    Sleep(50); /* for a call that does not wait, to be caught */
    atomic_store(&may_leave, true);
}

static int check_settling(void) {
    ferryi_thread *thread = NULL;
    if (host_catch_stop(notify_slowly, NULL, NULL) != FERRY_OK || !press())
        return 1;
    while (!atomic_load(&is_inside))
        Sleep(1);
    if (ferryi_thread_start(&thread, let_leave, NULL, NULL) != FERRY_OK)
        return 2;
    host_settle_notify();
    bool is_settled = !atomic_load(&is_inside);
    ferryi_thread_join(&thread);
    return is_settled ? 0 : 3;
}

static host_input *open_input(void) {
    host_input *input = NULL;
    if (host_open_input(&input, NULL) != FERRY_OK)
        ExitProcess(90);
    return input;
}

/* Reads all, in pieces of all sizes, and says how much of it was right. */
static int check_input(void) {
    host_input *input = open_input();
    static unsigned char bytes[300000];
    size_t total = 0, got = 0;
    ferry_status status;
    while ((status = host_read_input(input, bytes, 1 + total % sizeof bytes, &got, NULL)) ==
           FERRY_OK) {
        for (size_t i = 0; i < got; i++, total++)
            if (bytes[i] != (unsigned char)(total % 251))
                return 1;
    }
    if (status != FERRY_END_OF_STREAM ||
        host_read_input(input, bytes, 1, &got, NULL) != FERRY_END_OF_STREAM)
        return 2;
    host_close_input(&input);
    return input == NULL ? (int)(total / 1000) : 3;
}

static void interrupt(void *input) {
    host_interrupt_input(input);
}

/* The writer says nothing, and goes on not to. */
static int check_silence(void) {
    host_input *input = open_input();
    ferryi_thread *thread = NULL;
    char byte;
    size_t got;
    if (ferryi_thread_start(&thread, interrupt, input, NULL) != FERRY_OK)
        return 1;
    ferry_status status = host_read_input(input, &byte, 1, &got, NULL);
    ferryi_thread_join(&thread);
    host_close_input(&input);
    return status == FERRY_INTERRUPTED && input == NULL ? 0 : 2;
}

static int check_stopped_input(void) {
    host_input *input = open_input();
    char byte;
    size_t got;
    if (host_catch_stop(NULL, NULL, NULL) != FERRY_OK || !press())
        return 1;
    if (host_read_input(input, &byte, 1, &got, NULL) != FERRY_INTERRUPTED)
        return 2;
    return host_read_input(input, &byte, 1, &got, NULL) == FERRY_INTERRUPTED ? 0 : 3;
}

/* A child gets the null device, and not what there is to read here. */
static int check_child_input(void) {
    host_input *input = open_input();
    ferry_child *child = NULL;
    ferry_child_exit how = {.code = -1};
    char bytes[5];
    size_t got = 0;
    if (ferry_child_start(&child, role_command("read-a-byte"), "camera", NULL) != FERRY_OK ||
        ferry_child_wait(child, STUCK_NS, &how) != FERRY_OK || how.code != 0)
        return 1;
    return host_read_input(input, bytes, 5, &got, NULL) == FERRY_OK && got == 5 &&
                   memcmp(bytes, "words", 5) == 0
               ? 0
               : 2;
}

static int read_a_byte(void) {
    return getchar() == EOF ? 0 : 1;
}

static int play(int count, char **arguments) {
    const char *role = arguments[1];
    if (strcmp(role, "check-arguments") == 0)
        return check_arguments(count, arguments);
    if (strcmp(role, "check-stop") == 0)
        return check_stop();
    if (strcmp(role, "check-settling") == 0)
        return check_settling();
    if (strcmp(role, "check-input") == 0)
        return check_input();
    if (strcmp(role, "check-silence") == 0)
        return check_silence();
    if (strcmp(role, "check-stopped-input") == 0)
        return check_stopped_input();
    if (strcmp(role, "check-child-input") == 0)
        return check_child_input();
    return strcmp(role, "read-a-byte") == 0 ? read_a_byte() : 96;
}

/* ---- tests ---- */

static void test_arguments_are_utf8(void **state) {
    (void)state;
    assert_role_exits("check-arguments " WORDS " \"a \\\"b\\\"\" \"\"", NULL, 0);
}

/* Runs a role in a console of its own, which nobody sees, with our standard streams or a silent
 * pipe for its input. */
static DWORD run_in_console(const char *role, bool has_silent_input) {
    HANDLE reading = NULL, writing = NULL;
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    STARTUPINFOA start = {.cb = sizeof start,
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdInput = GetStdHandle(STD_INPUT_HANDLE),
                          .hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE),
                          .hStdError = GetStdHandle(STD_ERROR_HANDLE)};
    if (has_silent_input) {
        assert_true(CreatePipe(&reading, &writing, &inherited, 0));
        assert_true(SetHandleInformation(writing, HANDLE_FLAG_INHERIT, 0));
        start.hStdInput = reading;
    }
    char command[2048];
    strcpy(command, role_command(role));
    PROCESS_INFORMATION made;
    assert_true(CreateProcessA(NULL, command, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL,
                               &start, &made));
    assert_int_equal(WaitForSingleObject(made.hProcess, STUCK_MS), WAIT_OBJECT_0);
    DWORD code = 0;
    assert_true(GetExitCodeProcess(made.hProcess, &code));
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    if (has_silent_input) {
        CloseHandle(reading);
        CloseHandle(writing);
    }
    return code;
}

static void test_ctrl_c_is_counted_and_the_third_ends_the_process(void **state) {
    (void)state;
    assert_int_equal(run_in_console("check-stop", false), 128 + 2);
}

static void test_a_notification_can_be_waited_for(void **state) {
    (void)state;
    assert_int_equal(run_in_console("check-settling", false), 0);
}

static void test_ctrl_c_ends_a_read(void **state) {
    (void)state;
    assert_int_equal(run_in_console("check-stopped-input", true), 0);
}

static ferry_child *start_with_input(const char *role) {
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.pipe_input = 1;
    return start_role(role, &options);
}

static void test_input_arrives_whole(void **state) {
    (void)state;
    enum { BYTES = 3000000 };
    unsigned char *bytes = malloc(BYTES);
    assert_non_null(bytes);
    for (int i = 0; i < BYTES; i++)
        bytes[i] = (unsigned char)(i % 251);
    ferry_child *child = start_with_input("check-input");
    assert_int_equal(ferry_child_write(child, bytes, BYTES, STUCK_NS, NULL), FERRY_OK);
    ferry_child_close_input(child);
    assert_int_equal(finish_role(&child).code, BYTES / 1000);
    free(bytes);
}

static void test_a_silent_input_can_be_interrupted(void **state) {
    (void)state;
    ferry_child *child = start_with_input("check-silence");
    ferry_child_exit how = {.code = -1};
    assert_int_equal(ferry_child_wait(child, STUCK_NS, &how), FERRY_OK);
    assert_int_equal(how.code, 0);
    ferry_child_free(&child);
}

static void test_children_do_not_get_the_input(void **state) {
    (void)state;
    ferry_child *child = start_with_input("check-child-input");
    assert_int_equal(ferry_child_write(child, "words", 5, STUCK_NS, NULL), FERRY_OK);
    assert_int_equal(finish_role(&child).code, 0);
}

static void test_the_clock_on_the_wall(void **state) {
    (void)state;
    SYSTEMTIME now;
    GetSystemTime(&now);
    uint64_t years = host_wall_clock_us() / 1000000 / 31556952 + 1970; /* 365.2425 days */
    assert_in_range(years, now.wYear - 1u, now.wYear + 1u);
    uint64_t before = host_wall_clock_us();
    Sleep(20);
    assert_in_range(host_wall_clock_us() - before, 10000, STUCK_MS * 1000);
}

int main(int count, char **arguments) {
    if (count > 1)
        return play(count, arguments);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_are_utf8),
        cmocka_unit_test(test_ctrl_c_is_counted_and_the_third_ends_the_process),
        cmocka_unit_test(test_a_notification_can_be_waited_for),
        cmocka_unit_test(test_ctrl_c_ends_a_read),
        cmocka_unit_test(test_input_arrives_whole),
        cmocka_unit_test(test_a_silent_input_can_be_interrupted),
        cmocka_unit_test(test_children_do_not_get_the_input),
        cmocka_unit_test(test_the_clock_on_the_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
