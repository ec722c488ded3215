/* For tests that start themselves once more: what the second process does is its role, the first
 * word behind the program's name. */
#ifndef ROLE_H
#define ROLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <frameferry/child.h>
#include <frameferry/clock.h>

/* A bound on being stuck. */
#define STUCK_MS 60000
#define STUCK_NS (60 * FERRY_SECOND_NS)

/* A command that starts this program in a role; valid until the next call. */
static inline const char *role_command(const char *role_and_arguments) {
    static char command[2048];
    char program[MAX_PATH];
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(command, sizeof command, "\"%s\" %s", program, role_and_arguments);
    return command;
}

static inline ferry_child *start_role(const char *role_and_arguments,
                                      const ferry_child_options *given) {
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    if (given != NULL)
        options = *given;
    options.command = role_command(role_and_arguments);
    ferry_child *child = NULL;
    ferry_error error = {.message = ""};
    if (ferry_child_start_with(&child, &options, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    return child;
}

static inline ferry_child_exit finish_role(ferry_child **child) {
    ferry_child_exit how = {.code = -1};
    assert_int_equal(ferry_child_wait(*child, STUCK_NS, &how), FERRY_OK);
    ferry_child_free(child);
    return how;
}

static inline void assert_role_exits(const char *role_and_arguments,
                                     const ferry_child_options *options, int32_t code) {
    ferry_child *child = start_role(role_and_arguments, options);
    ferry_child_exit how = finish_role(&child);
    assert_true(how.exited);
    assert_int_equal(how.code, code);
}

/* An event that both processes know, by the number of the one that made it. */
static inline HANDLE make_shared_event(const char *what) {
    char name[64];
    snprintf(name, sizeof name, "prog-%s-%lu", what, (unsigned long)GetCurrentProcessId());
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, name);
    assert_non_null(event);
    return event;
}

/* In a role: exits when there is none. */
static inline HANDLE open_shared_event(const char *what, const char *maker) {
    char name[64];
    snprintf(name, sizeof name, "prog-%s-%s", what, maker);
    HANDLE event = OpenEventA(EVENT_ALL_ACCESS, FALSE, name);
    if (event == NULL)
        ExitProcess(99);
    return event;
}

static inline void assert_is_set_soon(HANDLE event) {
    assert_int_equal(WaitForSingleObject(event, STUCK_MS), WAIT_OBJECT_0);
}

#endif
