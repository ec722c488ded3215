/* Children and names of tests, on Windows. Included by process_support.h.
 *
 * There is no fork. A child is the same program, started with words that say which function it is
 * to run and with what argument; it runs that before main, and ends. */
#ifndef FERRY_TEST_CHILDREN_H
#define FERRY_TEST_CHILDREN_H

#include <process.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <aclapi.h> /* these need windows.h */
#include <frameferry/clock.h>
#include <winternl.h>

/* ---- names ---- */

#define MARKER_VARIABLE "FERRY_TEST_MARKER" /* hands the marker on to children */

/* Part of every name that this run gives to an object. A process number alone may be that of an
 * earlier run. */
static inline const char *own_marker(void) {
    static char marker[32];
    if (marker[0] != '\0' || GetEnvironmentVariableA(MARKER_VARIABLE, marker, sizeof marker) > 0)
        return marker;
    snprintf(marker, sizeof marker, "ft%d-%08x-", (int)GetCurrentProcessId(),
             (unsigned)ferry_clock_ns());
    SetEnvironmentVariableA(MARKER_VARIABLE, marker);
    return marker;
}

/* Lists the names of all objects of a session. Source: NtQueryDirectoryObject in the manual of the
 * Windows driver kit. */
typedef struct directory_entry {
    UNICODE_STRING name, type;
} directory_entry;

typedef LONG NTAPI open_directory(HANDLE *out, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes);
typedef LONG NTAPI query_directory(HANDLE directory, void *buffer, ULONG bytes, BOOLEAN single,
                                   BOOLEAN restart, ULONG *context, ULONG *returned);

static inline void *ntdll(const char *function) {
    FARPROC found = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), function);
    void *pointer;
    memcpy(&pointer, &found, sizeof pointer);
    return pointer;
}

static inline HANDLE open_session_directory(void) {
    open_directory *open;
    void *found = ntdll("NtOpenDirectoryObject");
    memcpy(&open, &found, sizeof open);
    DWORD session = 0;
    ProcessIdToSessionId(GetCurrentProcessId(), &session);
    wchar_t path[64];
    swprintf(path, sizeof path / sizeof path[0], L"\\Sessions\\%lu\\BaseNamedObjects", session);
    UNICODE_STRING text = {.Buffer = path, .Length = (USHORT)(wcslen(path) * sizeof(wchar_t))};
    text.MaximumLength = text.Length;
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &text};
    HANDLE directory = NULL;
    enum { DIRECTORY_QUERY_ONLY = 1 };
    assert_true(open(&directory, DIRECTORY_QUERY_ONLY, &attributes) >= 0);
    return directory;
}

/* Whether a name is that of something beside an object. */
static inline bool is_beside(const char *name) {
    return strstr(name, "~event~") != NULL || strstr(name, "~lease~") != NULL ||
           strstr(name, "~making") != NULL;
}

typedef struct name_list {
    char name[128][200];
    unsigned count;
} name_list;

static inline void note_name(name_list *list, const char *name) {
    for (unsigned i = 0; i < list->count; i++)
        if (strcmp(list->name[i], name) == 0)
            return;
    assert_true(list->count < sizeof list->name / sizeof list->name[0]);
    snprintf(list->name[list->count++], sizeof list->name[0], "%s", name);
}

/* Notes down the names in the directory that contain part. One that stands may be missed, when
 * others come and go meanwhile. */
static inline void list_names(name_list *list, const char *part, bool all) {
    query_directory *query;
    void *found = ntdll("NtQueryDirectoryObject");
    memcpy(&query, &found, sizeof query);
    HANDLE directory = open_session_directory();
    union {
        directory_entry entry;
        unsigned char bytes[2048];
    } buffer;
    ULONG context = 0, returned;
    while (query(directory, &buffer, sizeof buffer, TRUE, FALSE, &context, &returned) >= 0) {
        char name[512];
        int length = WideCharToMultiByte(CP_UTF8, 0, buffer.entry.name.Buffer,
                                         buffer.entry.name.Length / (int)sizeof(wchar_t), name,
                                         sizeof name - 1, NULL, NULL);
        name[length] = '\0';
        if (strstr(name, part) != NULL && (all || !is_beside(name)))
            note_name(list, name);
    }
    CloseHandle(directory);
}

/* Whether anything has the name, of whatever kind. */
static inline bool name_exists(const char *name) {
    HANDLE object = OpenEventA(SYNCHRONIZE, FALSE, name);
    bool exists = object != NULL || GetLastError() != ERROR_FILE_NOT_FOUND;
    if (object != NULL)
        CloseHandle(object);
    return exists;
}

/* How many named objects contain part; they are told when asked to. Other tests run at the same
 * time: what some look of several has found counts, if it is still there. */
static inline unsigned count_objects(const char *part, bool tell_them, bool all) {
    enum { LOOKS = 4 };
    static name_list list;
    unsigned count = 0;
    list.count = 0;
    for (int i = 0; i < LOOKS; i++)
        list_names(&list, part, all);
    for (unsigned i = 0; i < list.count; i++) {
        if (!name_exists(list.name[i]))
            continue;
        count++;
        if (tell_them)
            fprintf(stderr, "left: %s\n", list.name[i]);
    }
    return count;
}

/* Those by which a channel, or a dialect's event, is found. They cannot be removed: they go with
 * those who have them. */
static inline unsigned count_shared(const char *part, bool tell_them, bool remove_them) {
    (void)remove_them;
    return count_objects(part, tell_them, false);
}

/* Leases and events too. */
static inline unsigned count_left(const char *part) {
    return count_objects(part, true, true);
}

/* An object's name stands as long as somebody has the object. */
enum { NAMES_GO_WITH_USERS = 1 };

static inline bool shm_exists(const char *name) {
    HANDLE object = OpenFileMappingA(FILE_MAP_READ, FALSE, name);
    if (object != NULL)
        CloseHandle(object);
    return object != NULL;
}

/* Whether an object admits its user only: its list names nobody but its owner. */
static inline bool is_private(const char *name) {
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    ACL *list = NULL;
    ACL_SIZE_INFORMATION size = {0};
    void *entry;
    HANDLE object = OpenFileMappingA(READ_CONTROL, FALSE, name);
    bool known = object != NULL &&
                 GetSecurityInfo(object, SE_KERNEL_OBJECT,
                                 OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
                                 NULL, &list, NULL, &descriptor) == ERROR_SUCCESS &&
                 owner != NULL && list != NULL &&
                 GetAclInformation(list, &size, sizeof size, AclSizeInformation);
    bool others = !known || size.AceCount == 0;
    for (DWORD i = 0; i < size.AceCount; i++)
        others |= !GetAce(list, i, &entry) ||
                  ((ACE_HEADER *)entry)->AceType != ACCESS_ALLOWED_ACE_TYPE ||
                  !EqualSid(&((ACCESS_ALLOWED_ACE *)entry)->SidStart, owner);
    LocalFree(descriptor);
    if (object != NULL)
        CloseHandle(object);
    return !others;
}

/* ---- children ---- */

typedef struct child {
    HANDLE process; /* NULL: this place is free */
    HANDLE to, from;
} child;

enum { KILLED = 137, COMMAND_BYTES = 4096 };

static child children[CHILDREN];
static HANDLE child_in, child_out; /* a child's ends of its pipes */

static inline void child_say(char word) {
    DWORD written;
    CHILD_CHECK(WriteFile(child_out, &word, 1, &written, NULL));
}

/* A child whose test has gone goes too. */
static inline char child_hear(void) {
    char word;
    DWORD got;
    if (!ReadFile(child_in, &word, 1, &got, NULL) || got != 1)
        _exit(0);
    return word;
}

/* Ends this child as a kill from outside does. */
static inline void child_die(void) {
    TerminateProcess(GetCurrentProcess(), KILLED);
}

/* Whether the test has said something that has not been heard. */
static inline bool child_is_told(void) {
    DWORD waiting = 0;
    return !PeekNamedPipe(child_in, NULL, 0, NULL, &waiting, NULL) || waiting > 0;
}

/* Where functions of this program are counted from: it need not lie at the same place in each of
 * its processes. */
static inline char *program_base(void) {
    return (char *)(void *)GetModuleHandleW(NULL);
}

#define CHILD_WORD "--test-child"

/* Before main: becomes the child that the command line asks for, if it asks for one. */
__attribute__((constructor)) static void become_child(void) {
    const char *words = strstr(GetCommandLineA(), CHILD_WORD);
    unsigned long long body_offset, in, out;
    int used = 0;
    if (words == NULL ||
        sscanf(words, CHILD_WORD " %llx %llx %llx %n", &body_offset, &in, &out, &used) != 3)
        return;
    static unsigned char argument[COMMAND_BYTES];
    size_t bytes = 0;
    for (const char *hex = words + used; sscanf(hex, "%2hhx", &argument[bytes]) == 1; hex += 2)
        bytes++;
    child_in = (HANDLE)(uintptr_t)in;
    child_out = (HANDLE)(uintptr_t)out;
    child_body *body;
    char *address = program_base() + body_offset;
    memcpy(&body, &address, sizeof body);
    body(bytes > 0 ? argument : NULL);
    fflush(NULL);
    _exit(0);
}

/* Children are in a job that ends them with this process, however it ends. */
static inline HANDLE children_job(void) {
    static HANDLE job;
    if (job == NULL) {
        JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        job = CreateJobObjectW(NULL, NULL);
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    }
    return job;
}

/* A pipe from a child whose reading end can be waited for with a time limit. */
static inline HANDLE make_pipe_from(HANDLE *childs_end) {
    static unsigned count;
    char name[128];
    snprintf(name, sizeof name, "\\\\.\\pipe\\%s%u", own_marker(), count++);
    HANDLE ours = CreateNamedPipeA(name, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED, PIPE_WAIT, 1,
                                   4096, 4096, 0, NULL);
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    *childs_end = CreateFileA(name, GENERIC_WRITE, 0, &inherited, OPEN_EXISTING, 0, NULL);
    assert_true(ours != INVALID_HANDLE_VALUE && *childs_end != INVALID_HANDLE_VALUE);
    return ours;
}

static inline void write_command(char out[static COMMAND_BYTES], child_body *body, HANDLE in,
                                 HANDLE childs_out, const void *argument, size_t bytes) {
    char path[MAX_PATH];
    char *address;
    memcpy(&address, &body, sizeof address);
    GetModuleFileNameA(NULL, path, sizeof path);
    int used =
        snprintf(out, COMMAND_BYTES, "\"%s\" " CHILD_WORD " %llx %llx %llx ", path,
                 (unsigned long long)(address - program_base()), (unsigned long long)(uintptr_t)in,
                 (unsigned long long)(uintptr_t)childs_out);
    assert_true((size_t)used + 2 * bytes < COMMAND_BYTES);
    for (size_t i = 0; i < bytes; i++)
        used += snprintf(out + used, 3, "%02x", ((const unsigned char *)argument)[i]);
}

/* Starts a child, which gets a copy of the argument's bytes. */
static inline child *start_child_with(child_body *body, const void *argument, size_t bytes) {
    char command[COMMAND_BYTES];
    child *place = NULL;
    HANDLE in, to, out;
    for (int i = 0; i < CHILDREN && place == NULL; i++)
        if (children[i].process == NULL)
            place = &children[i];
    assert_non_null(place);
    assert_true(CreatePipe(&in, &to, NULL, 0));
    SetHandleInformation(in, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    HANDLE from = make_pipe_from(&out);
    write_command(command, body, in, out, argument, bytes);
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION started;
    fflush(NULL);
    assert_true(CreateProcessA(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL,
                               &startup, &started));
    AssignProcessToJobObject(children_job(), started.hProcess);
    ResumeThread(started.hThread);
    CloseHandle(started.hThread);
    CloseHandle(in);
    CloseHandle(out);
    *place = (child){.process = started.hProcess, .to = to, .from = from};
    return place;
}

static inline void tell_child(const child *who, char word) {
    DWORD written;
    assert_true(WriteFile(who->to, &word, 1, &written, NULL));
}

/* The next word of a child; '\0' when it has died, or says nothing within the time. */
static inline char hear_within(const child *who, int timeout_ms) {
    OVERLAPPED reading = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    char word = '\0';
    DWORD got = 0;
    if (!ReadFile(who->from, &word, 1, NULL, &reading) && GetLastError() != ERROR_IO_PENDING)
        word = '\0';
    else if (WaitForSingleObject(reading.hEvent, (DWORD)timeout_ms) != WAIT_OBJECT_0)
        CancelIo(who->from);
    if (!GetOverlappedResult(who->from, &reading, &got, TRUE) || got != 1)
        word = '\0';
    CloseHandle(reading.hEvent);
    return word;
}

/* Waits for the end of a child; what it exited with. One that does not end is killed. */
static inline int reap(child *who) {
    DWORD code = 0;
    if (WaitForSingleObject(who->process, STUCK_MS) != WAIT_OBJECT_0) {
        fprintf(stderr, "child %lu is stuck\n", GetProcessId(who->process));
        TerminateProcess(who->process, 1);
        WaitForSingleObject(who->process, STUCK_MS);
    }
    GetExitCodeProcess(who->process, &code);
    CloseHandle(who->process);
    CloseHandle(who->to);
    CloseHandle(who->from);
    who->process = NULL;
    return (int)code;
}

static inline bool is_child(const child *place) {
    return place->process != NULL;
}

static inline uint32_t id_of(const child *who) {
    return GetProcessId(who->process);
}

/* Ends it from outside; reap has to follow. */
static inline void end_child(const child *who) {
    TerminateProcess(who->process, KILLED);
}

/* What reap has told. */
static inline bool was_killed(int status) {
    return status == KILLED;
}

static inline bool has_succeeded(int status) {
    return status == 0;
}

#endif
