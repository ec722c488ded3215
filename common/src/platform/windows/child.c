/* Source: CreateProcessW, UpdateProcThreadAttribute, "Job Objects", GetExitCodeProcess in the Win32
 * manual. */
#include "platform/windows/child.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "platform/windows/environment.h"
#include "platform/windows/failure.h"
#include "platform/windows/timeout.h"
#include "platform/windows/wide.h"
#include "support/child_options.h"
#include "support/need.h"

enum {
    STREAMS = 3,
    /* What a child that was ended exits with: as a shell of POSIX reports a program that was ended
     * by SIGTERM, and by SIGKILL. */
    END_ASKED = 128 + 15,
    END_FORCED = 128 + 9
};

/* A handle that the child inherits: a copy of source, or the null device where there is none. */
static HANDLE make_inheritable(HANDLE source, bool is_input) {
    HANDLE copy = NULL;
    HANDLE self = GetCurrentProcess();
    if (source != NULL && source != INVALID_HANDLE_VALUE &&
        DuplicateHandle(self, source, self, &copy, 0, TRUE, DUPLICATE_SAME_ACCESS))
        return copy;
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    return CreateFileW(L"NUL", is_input ? GENERIC_READ : GENERIC_WRITE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
}

static void close_streams(HANDLE streams[STREAMS]) {
    for (int i = 0; i < STREAMS; i++)
        if (streams[i] != INVALID_HANDLE_VALUE)
            CloseHandle(streams[i]);
}

/* input becomes standard input, unless it is NULL. Returns 0 or a code. */
static DWORD make_streams(HANDLE streams[STREAMS], HANDLE input) {
    DWORD code = 0;
    streams[0] = make_inheritable(input != NULL ? input : GetStdHandle(STD_INPUT_HANDLE), true);
    streams[1] = make_inheritable(GetStdHandle(STD_OUTPUT_HANDLE), false);
    streams[2] = make_inheritable(GetStdHandle(STD_ERROR_HANDLE), false);
    for (int i = 0; i < STREAMS && code == 0; i++)
        if (streams[i] == INVALID_HANDLE_VALUE)
            code = ERROR_INVALID_HANDLE;
    if (code != 0)
        close_streams(streams);
    return code;
}

/* A list that says which handles are inherited: without it, the child would get every inheritable
 * one of this process. NULL: GetLastError says why. Freed with free_list. */
static LPPROC_THREAD_ATTRIBUTE_LIST make_list(HANDLE streams[STREAMS]) {
    SIZE_T bytes = 0;
    InitializeProcThreadAttributeList(NULL, 1, 0, &bytes);
    LPPROC_THREAD_ATTRIBUTE_LIST list = malloc(bytes);
    if (list == NULL || !InitializeProcThreadAttributeList(list, 1, 0, &bytes)) {
        free(list);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if (UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, streams,
                                  STREAMS * sizeof *streams, NULL, NULL))
        return list;
    DWORD code = GetLastError();
    DeleteProcThreadAttributeList(list);
    free(list);
    SetLastError(code);
    return NULL;
}

static void free_list(LPPROC_THREAD_ATTRIBUTE_LIST list) {
    DeleteProcThreadAttributeList(list);
    free(list);
}

/* Puts the child, which does not run yet, into a job of its own and lets it run. Returns 0 or a
 * code; the child is ended then. */
static DWORD begin_group(ferry_child *child, HANDLE thread) {
    child->job = CreateJobObjectW(NULL, NULL);
    if (child->job != NULL && AssignProcessToJobObject(child->job, child->process) &&
        ResumeThread(thread) != (DWORD)-1)
        return 0;
    DWORD code = GetLastError();
    TerminateProcess(child->process, END_FORCED);
    return code;
}

/* Returns 0 or a code. command may be written to. */
static DWORD spawn(ferry_child *child, HANDLE input, wchar_t *command, wchar_t *environment,
                   bool has_group) {
    HANDLE streams[STREAMS];
    DWORD code = make_streams(streams, input);
    if (code != 0)
        return code;
    STARTUPINFOEXW start = {.StartupInfo = {.cb = sizeof start,
                                            .dwFlags = STARTF_USESTDHANDLES,
                                            .hStdInput = streams[0],
                                            .hStdOutput = streams[1],
                                            .hStdError = streams[2]}};
    DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT;
    if (has_group) /* it has to be in its job before it can start anything */
        flags |= CREATE_NEW_PROCESS_GROUP | CREATE_SUSPENDED;
    PROCESS_INFORMATION made;
    start.lpAttributeList = make_list(streams);
    if (start.lpAttributeList == NULL ||
        !CreateProcessW(NULL, command, NULL, NULL, TRUE, flags, environment, NULL,
                        &start.StartupInfo, &made))
        code = GetLastError();
    if (start.lpAttributeList != NULL)
        free_list(start.lpAttributeList);
    close_streams(streams);
    if (code != 0)
        return code;
    child->process = made.hProcess;
    child->id = made.dwProcessId;
    if (has_group)
        code = begin_group(child, made.hThread);
    CloseHandle(made.hThread);
    return code;
}

static ferry_status start_command(ferry_child *child, wchar_t *command,
                                  const ferry_child_options *options, ferry_error *error) {
    ferryi_environment environment;
    ferry_status status = ferryi_environment_make(&environment, options, error);
    if (status != FERRY_OK)
        return status;
    HANDLE reading = NULL;
    DWORD code = 0;
    if (options->pipe_input != 0)
        code = ferryi_child_make_pipe(&reading, &child->input);
    if (code == 0)
        code = spawn(child, reading, command, environment.block, options->own_group != 0);
    if (reading != NULL)
        CloseHandle(reading);
    ferryi_environment_free(&environment);
    if (code != 0)
        return ferryi_fail_win32(error, code, "cannot start \"%s\"", options->command);
    return FERRY_OK;
}

static ferry_status start(ferry_child **out, const ferry_child_options *options,
                          ferry_error *error) {
    if (options->command[strspn(options->command, " \t\r\n")] == '\0')
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "the command is empty");
    wchar_t *command = ferryi_wide_new(options->command);
    if (command == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot start \"%s\"", options->command);
    ferry_child *child = calloc(1, sizeof *child);
    ferry_status status = child != NULL ? start_command(child, command, options, error)
                                        : ferryi_fail(error, FERRY_NO_MEMORY, 0,
                                                      "no memory to start %s", options->command);
    free(command);
    if (status == FERRY_OK)
        *out = child;
    else
        ferry_child_free(&child);
    return status;
}

ferry_status ferry_child_start_with(ferry_child **out, const ferry_child_options *options,
                                    ferry_error *error) {
    ferry_child_options wanted;
    ferry_status status = ferryi_need(out, "out", error);
    if (status == FERRY_OK)
        status = ferryi_child_options_read(&wanted, options, error);
    return status == FERRY_OK ? start(out, &wanted, error) : status;
}

ferry_status ferry_child_start(ferry_child **out, const char *command, const char *channel,
                               ferry_error *error) {
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    options.command = command;
    options.channel = channel;
    ferry_status status = ferryi_need(channel, "channel", error);
    return status == FERRY_OK ? ferry_child_start_with(out, &options, error) : status;
}

/* A program that is being started at the moment when all others of the job are ended may be missed:
 * it is ended now, when the child is found dead. */
static void repeat_end(const ferry_child *child) {
    if (child->end_code != 0 && child->job != NULL)
        TerminateJobObject(child->job, child->end_code);
}

/* A program that does not catch Ctrl-C, Ctrl-Break or the end of its console did not exit by
 * itself: as on other systems, a signal has ended it. */
static ferry_child_exit judge(DWORD code) {
    if (code == (DWORD)CONTROL_C_EXIT)
        return (ferry_child_exit){.exited = false, .code = SIGINT};
    return (ferry_child_exit){.exited = true, .code = (int32_t)code};
}

ferry_status ferryi_child_look(ferry_child *child) {
    DWORD code = 0;
    switch (WaitForSingleObject(child->process, 0)) {
    case WAIT_OBJECT_0: break;
    case WAIT_TIMEOUT: return FERRY_TIMEOUT;
    default: return FERRY_SYSTEM_ERROR;
    }
    repeat_end(child);
    if (!GetExitCodeProcess(child->process, &code))
        return FERRY_SYSTEM_ERROR;
    child->ended = true;
    child->how = judge(code);
    return FERRY_OK;
}

ferry_status ferry_child_wait(ferry_child *child, int64_t timeout_ns, ferry_child_exit *out) {
    if (child == NULL || timeout_ns < 0)
        return FERRY_INVALID_ARGUMENT;
    uint64_t begin_ns = ferry_clock_ns();
    while (!child->ended) {
        ferry_status status = ferryi_child_look(child);
        if (status == FERRY_OK)
            break;
        int64_t spent_ns = (int64_t)(ferry_clock_ns() - begin_ns);
        if (status != FERRY_TIMEOUT || spent_ns >= timeout_ns)
            return status;
        WaitForSingleObject(child->process, ferryi_timeout_ms(timeout_ns - spent_ns));
    }
    if (out != NULL)
        *out = child->how;
    return FERRY_OK;
}

void ferry_child_end(ferry_child *child, bool by_force) {
    if (child == NULL || child->ended || WaitForSingleObject(child->process, 0) != WAIT_TIMEOUT)
        return;
    child->end_code = by_force ? END_FORCED : END_ASKED;
    if (child->job != NULL)
        TerminateJobObject(child->job, child->end_code);
    else
        TerminateProcess(child->process, child->end_code);
}

int64_t ferry_child_id(const ferry_child *child) {
    return child != NULL ? child->id : 0;
}

void ferry_child_free(ferry_child **child) {
    if (child == NULL || *child == NULL)
        return;
    ferry_child_close_input(*child);
    if ((*child)->process != NULL)
        CloseHandle((*child)->process);
    if ((*child)->job != NULL)
        CloseHandle((*child)->job);
    free(*child);
    *child = NULL;
}
