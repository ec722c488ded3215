/* Source: CreateProcessW, UpdateProcThreadAttribute, "Job Objects", GetExitCodeProcess in the Win32
 * manual. */
#include "platform/child_process.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/environment.h"
#include "platform/windows/failure.h"
#include "platform/windows/timeout.h"
#include "platform/windows/wide.h"

enum {
    STREAMS = 3,
    /* The exit codes of a child that was ended: those with which a shell on Linux reports a program
     * that SIGTERM, or SIGKILL, has ended. */
    END_ASKED = 128 + 15,
    END_FORCED = 128 + 9
};

struct ferryi_child_process {
    HANDLE handle;
    HANDLE job; /* the child and all that it starts; NULL: it has no group */
    DWORD id;
    UINT end_code; /* what ferryi_child_process_end has ended it with; 0: it has not */
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
static DWORD begin_group(ferryi_child_process *process, HANDLE thread) {
    process->job = CreateJobObjectW(NULL, NULL);
    if (process->job != NULL && AssignProcessToJobObject(process->job, process->handle) &&
        ResumeThread(thread) != (DWORD)-1)
        return 0;
    DWORD code = GetLastError();
    TerminateProcess(process->handle, END_FORCED);
    return code;
}

/* Returns 0 or a code. command may be written to. */
static DWORD spawn(ferryi_child_process *process, HANDLE input, wchar_t *command,
                   wchar_t *environment, bool has_group) {
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
    process->handle = made.hProcess;
    process->id = made.dwProcessId;
    if (has_group)
        code = begin_group(process, made.hThread);
    CloseHandle(made.hThread);
    return code;
}

static ferry_status start_command(ferryi_child_process *process, wchar_t *command, HANDLE input,
                                  const ferry_child_options *options, ferry_error *error) {
    ferryi_environment environment;
    ferry_status status = ferryi_environment_make(&environment, options, error);
    if (status != FERRY_OK)
        return status;
    DWORD code = spawn(process, input, command, environment.block, options->own_group != 0);
    ferryi_environment_free(&environment);
    if (code != 0)
        return ferryi_fail_win32(error, code, "cannot start \"%s\"", options->command);
    return FERRY_OK;
}

ferry_status ferryi_child_process_start(ferryi_child_process **out,
                                        const ferry_child_options *options, intptr_t input,
                                        ferry_error *error) {
    if (options->command[strspn(options->command, " \t\r\n")] == '\0')
        return ferryi_fail(error, FERRY_INVALID_ARGUMENT, 0, "the command is empty");
    wchar_t *command = ferryi_wide_new(options->command);
    if (command == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot start \"%s\"", options->command);
    ferryi_child_process *process = calloc(1, sizeof *process);
    ferry_status status =
        process != NULL
            ? start_command(process, command, input < 0 ? NULL : (HANDLE)input, options, error)
            : ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to start %s", options->command);
    free(command);
    if (status == FERRY_OK)
        *out = process;
    else
        ferryi_child_process_close(process);
    return status;
}

/* A program that is being started at the moment when all others of the job are ended may be missed:
 * it is ended now, when the child is found dead. */
static void repeat_end(const ferryi_child_process *process) {
    if (process->end_code != 0 && process->job != NULL)
        TerminateJobObject(process->job, process->end_code);
}

/* A program that does not catch Ctrl-C, Ctrl-Break or the end of its console did not exit by
 * itself: as on other systems, a signal has ended it. */
static ferry_child_exit judge(DWORD code) {
    if (code == (DWORD)CONTROL_C_EXIT)
        return (ferry_child_exit){.exited = false, .code = SIGINT};
    return (ferry_child_exit){.exited = true, .code = (int32_t)code};
}

ferry_status ferryi_child_process_look(ferryi_child_process *process, ferry_child_exit *how) {
    DWORD code = 0;
    switch (WaitForSingleObject(process->handle, 0)) {
    case WAIT_OBJECT_0: break;
    case WAIT_TIMEOUT: return FERRY_TIMEOUT;
    default: return FERRY_SYSTEM_ERROR;
    }
    repeat_end(process);
    if (!GetExitCodeProcess(process->handle, &code))
        return FERRY_SYSTEM_ERROR;
    *how = judge(code);
    return FERRY_OK;
}

bool ferryi_child_process_sleep(const ferryi_child_process *process, int64_t limit_ns) {
    WaitForSingleObject(process->handle, ferryi_timeout_ms(limit_ns));
    return true;
}

void ferryi_child_process_end(ferryi_child_process *process, bool by_force) {
    if (WaitForSingleObject(process->handle, 0) != WAIT_TIMEOUT)
        return;
    process->end_code = by_force ? END_FORCED : END_ASKED;
    if (process->job != NULL)
        TerminateJobObject(process->job, process->end_code);
    else
        TerminateProcess(process->handle, process->end_code);
}

int64_t ferryi_child_process_id(const ferryi_child_process *process) {
    return process->id;
}

intptr_t ferryi_child_process_handle(const ferryi_child_process *process) {
    return (intptr_t)process->handle;
}

void ferryi_child_process_close(ferryi_child_process *process) {
    if (process == NULL)
        return;
    if (process->handle != NULL)
        CloseHandle(process->handle);
    if (process->job != NULL)
        CloseHandle(process->job);
    free(process);
}
