/* Source: SetConsoleCtrlHandler, HandlerRoutine, SetConsoleOutputCP, CommandLineToArgvW,
 * CreateWaitableTimerExW, FindFirstFileW, CreateDirectoryW in the Win32 manual. */
#include "host/host.h"

#include <fcntl.h>
#include <io.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>

#include <shellapi.h>

#include <frameferry/clock.h>

#include "host/windows/stop.h"
#include "platform/windows/failure.h"
#include "platform/windows/path.h"
#include "platform/windows/wide.h"

#define STOPS_UNTIL_EXIT 3
/* What a program of POSIX that Ctrl-C ended is reported with. */
#define STOPPED_EXIT (128 + 2)
/* How long a program may take to end once its console is closed; the system gives it 5 s. */
#define CLOSE_LIMIT_MS 10000
#define TIMER_UNIT_NS 100
/* In timers that are as exact as the clock; from Windows 10, version 1803 on. */
#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x2
#endif

static struct {
    void (*notify)(void *argument);
    void *argument;
    HANDLE event;
    HANDLE main_thread;
    SRWLOCK notifying;
} stop = {.notifying = SRWLOCK_INIT};
static atomic_int stop_count;
static UINT console_code_page; /* what the console had; 0: it has been left as it was */

HANDLE host_stop_event(void) {
    return stop.event;
}

static void restore_console(void) {
    if (console_code_page != 0)
        SetConsoleOutputCP(console_code_page);
}

/* Runs in a thread that the system makes for it. */
static BOOL WINAPI on_stop(DWORD reason) {
    if (atomic_fetch_add(&stop_count, 1) + 1 >= STOPS_UNTIL_EXIT) {
        restore_console();
        TerminateProcess(GetCurrentProcess(), STOPPED_EXIT);
    }
    SetEvent(stop.event);
    AcquireSRWLockExclusive(&stop.notifying);
    if (stop.notify != NULL)
        stop.notify(stop.argument);
    ReleaseSRWLockExclusive(&stop.notifying);
    /* When this returns for any other reason, the system ends the process, done or not. */
    if (reason != CTRL_C_EVENT && reason != CTRL_BREAK_EVENT)
        WaitForSingleObject(stop.main_thread, CLOSE_LIMIT_MS);
    return TRUE;
}

static void secure(DWORD which) {
    HANDLE handle = GetStdHandle(which);
    if (handle != NULL && handle != INVALID_HANDLE_VALUE)
        return;
    handle = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                         OPEN_EXISTING, 0, NULL);
    if (handle != INVALID_HANDLE_VALUE)
        SetStdHandle(which, handle);
}

void host_secure_streams(void) {
    secure(STD_INPUT_HANDLE);
    secure(STD_OUTPUT_HANDLE);
    secure(STD_ERROR_HANDLE);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    setvbuf(stderr, NULL, _IONBF, 0); /* which not every C library does for a pipe */
    if (!host_is_terminal(stdout) && !host_is_terminal(stderr))
        return;
    UINT before = GetConsoleOutputCP();
    if (before == CP_UTF8 || atexit(restore_console) != 0)
        return;
    console_code_page = before;
    SetConsoleOutputCP(CP_UTF8);
}

static void free_list(char **list, int count) {
    for (int i = 0; list != NULL && i < count; i++)
        free(list[i]);
    free(list);
}

/* Where there is no memory, the program gets what main has got. */
void host_take_arguments(int *count, char ***arguments) {
    int found = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &found);
    if (wide == NULL)
        return;
    char **list = calloc((size_t)found + 1, sizeof *list); /* for as long as the program runs */
    bool done = list != NULL;
    for (int i = 0; i < found && done; i++)
        done = (list[i] = ferryi_wide_narrow(wide[i])) != NULL;
    LocalFree(wide);
    if (!done) {
        free_list(list, found);
        return;
    }
    *count = found;
    *arguments = list;
}

ferry_status host_catch_stop(void (*notify)(void *argument), void *argument, ferry_error *error) {
    HANDLE self = GetCurrentProcess();
    stop.notify = notify;
    stop.argument = argument;
    stop.event = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (stop.event == NULL ||
        !DuplicateHandle(self, GetCurrentThread(), self, &stop.main_thread, SYNCHRONIZE, FALSE,
                         0) ||
        !SetConsoleCtrlHandler(on_stop, TRUE))
        return ferryi_fail_win32(error, GetLastError(), "cannot catch Ctrl-C");
    return FERRY_OK;
}

void host_settle_notify(void) {
    AcquireSRWLockExclusive(&stop.notifying);
    ReleaseSRWLockExclusive(&stop.notifying);
}

int host_stop_count(void) {
    return atomic_load(&stop_count);
}

static HANDLE make_timer(void) {
    HANDLE timer =
        CreateWaitableTimerExW(NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, TIMER_ALL_ACCESS);
    return timer != NULL ? timer : CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS);
}

/* Sleeps for so long, or until the user asks to stop. */
static void sleep_for(HANDLE timer, uint64_t left_ns) {
    /* Below zero: from now on. */
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)((left_ns + TIMER_UNIT_NS - 1) / TIMER_UNIT_NS)};
    HANDLE news[] = {timer, stop.event};
    if (timer == NULL || !SetWaitableTimer(timer, &due, 0, NULL, NULL, FALSE))
        Sleep(1); /* without memory for a timer, this has to do */
    else          /* without host_catch_stop this only sleeps */
        WaitForMultipleObjects(stop.event != NULL ? 2 : 1, news, FALSE, INFINITE);
}

bool host_sleep_until(uint64_t deadline_ns) {
    HANDLE timer = NULL;
    bool is_stopped;
    uint64_t now_ns;
    while (!(is_stopped = host_stop_count() > 0) && (now_ns = ferry_clock_ns()) < deadline_ns) {
        if (timer == NULL)
            timer = make_timer();
        sleep_for(timer, deadline_ns - now_ns);
    }
    if (timer != NULL)
        CloseHandle(timer);
    return is_stopped;
}

uint64_t host_wall_clock_us(void) {
    static const uint64_t from_1601_to_1970_us = UINT64_C(11644473600) * 1000000;
    FILETIME now;
    GetSystemTimePreciseAsFileTime(&now);
    uint64_t time_us = ((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10;
    return time_us < from_1601_to_1970_us ? 0 : time_us - from_1601_to_1970_us;
}

bool host_is_separator(char c) {
    return ferryi_path_is_separator(c);
}

static bool is_wide_directory(const wchar_t *path) {
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

bool host_is_directory(const char *path) {
    wchar_t *wide = ferryi_path_widen(path);
    bool is = wide != NULL && is_wide_directory(wide);
    free(wide);
    return is;
}

host_file_kind host_kind_of_file(const char *path) {
    static const char pipes[] = "\\\\.\\pipe\\";
    if (strncmp(path, pipes, sizeof pipes - 1) == 0)
        return HOST_FILE_PIPE; /* a look at it would count as its one client */
    wchar_t *wide = ferryi_path_widen(path);
    DWORD attributes = wide != NULL ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
    free(wide);
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return HOST_FILE_NONE;
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? HOST_FILE_DIRECTORY : HOST_FILE_REGULAR;
}

typedef struct name_list {
    char **names;
    size_t count;
    size_t capacity;
} name_list;

/* A file system may have names that are no text, with half of a surrogate pair. They are listed, so
 * that opening them says that there are no such files. */
static void mend(wchar_t *name) {
    for (; *name != L'\0'; name++) {
        bool is_pair = IS_SURROGATE_PAIR(name[0], name[1]);
        if (!is_pair && (IS_HIGH_SURROGATE(*name) || IS_LOW_SURROGATE(*name)))
            *name = 0xfffd;
        name += is_pair;
    }
}

static bool append(name_list *list, wchar_t *name) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        char **grown = realloc(list->names, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        list->names = grown;
        list->capacity = capacity;
    }
    mend(name);
    list->names[list->count] = ferryi_wide_narrow(name);
    if (list->names[list->count] == NULL)
        return false;
    list->count++;
    return true;
}

/* Hidden is what has the attribute, and what other systems hide. */
static bool is_listed(const WIN32_FIND_DATAW *entry) {
    const DWORD unwanted = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_HIDDEN;
    return (entry->dwFileAttributes & unwanted) == 0 && entry->cFileName[0] != L'.';
}

/* Returns 0 or a code. */
static DWORD read_names(const wchar_t *pattern, name_list *list) {
    WIN32_FIND_DATAW entry;
    HANDLE search = FindFirstFileW(pattern, &entry);
    if (search == INVALID_HANDLE_VALUE) /* the root of an empty drive has no entry at all */
        return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : GetLastError();
    DWORD code = 0;
    do
        if (is_listed(&entry) && !append(list, entry.cFileName))
            code = ERROR_NOT_ENOUGH_MEMORY;
    while (code == 0 && FindNextFileW(search, &entry));
    if (code == 0 && GetLastError() != ERROR_NO_MORE_FILES)
        code = GetLastError();
    FindClose(search);
    return code;
}

/* The path with "\*" behind it. NULL: GetLastError says why. */
static wchar_t *make_pattern(const char *path) {
    size_t length = strlen(path);
    char *text = malloc(length + 3);
    if (text == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    strcpy(text, path);
    strcpy(text + length, "\\*");
    wchar_t *pattern = ferryi_path_widen(text);
    free(text);
    return pattern;
}

ferry_status host_list_directory(const char *path, char ***names, size_t *count,
                                 ferry_error *error) {
    wchar_t *pattern = make_pattern(path);
    if (pattern == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot open the directory %s", path);
    name_list list = {.names = NULL};
    DWORD code = read_names(pattern, &list);
    free(pattern);
    if (code != 0) {
        host_free_names(list.names, list.count);
        return ferryi_fail_win32(error, code, "cannot read the directory %s", path);
    }
    *names = list.names;
    *count = list.count;
    return FERRY_OK;
}

/* Returns 0 or a code. */
static DWORD visit_names(const wchar_t *pattern,
                         void (*see)(void *argument, const char *name, bool is_directory),
                         void *argument) {
    WIN32_FIND_DATAW entry;
    HANDLE search = FindFirstFileW(pattern, &entry);
    if (search == INVALID_HANDLE_VALUE) /* the root of an empty drive has no entry at all */
        return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : GetLastError();
    DWORD code = 0;
    do {
        mend(entry.cFileName);
        char *name = ferryi_wide_narrow(entry.cFileName);
        if (name == NULL)
            code = ERROR_NOT_ENOUGH_MEMORY;
        else
            see(argument, name, (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0);
        free(name);
    } while (code == 0 && FindNextFileW(search, &entry));
    if (code == 0 && GetLastError() != ERROR_NO_MORE_FILES)
        code = GetLastError();
    FindClose(search);
    return code;
}

ferry_status host_visit_directory(const char *path,
                                  void (*see)(void *argument, const char *name, bool is_directory),
                                  void *argument, ferry_error *error) {
    wchar_t *pattern = make_pattern(path);
    DWORD code = pattern != NULL ? visit_names(pattern, see, argument) : GetLastError();
    free(pattern);
    if (code != 0)
        return ferryi_fail_win32(error, code, "cannot read the directory %s", path);
    return FERRY_OK;
}

bool host_exists(const char *path) {
    wchar_t *wide = ferryi_path_widen(path);
    bool exists = wide != NULL && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;
    free(wide);
    return exists;
}

void host_free_names(char **names, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

/* Returns 0 or a code. Another process may make the same directory at this moment: only what is
 * there in the end counts. */
static DWORD make_one(const wchar_t *path) {
    if (CreateDirectoryW(path, NULL))
        return 0;
    DWORD code = GetLastError();
    if (is_wide_directory(path))
        return 0;
    return code == ERROR_ALREADY_EXISTS ? ERROR_DIRECTORY : code;
}

/* Makes the directory, and those above it when that tells that one is missing: a root (a drive, a
 * server's share) cannot be made, and need not be known from the rest. Returns 0 or a code. */
static DWORD make_all(wchar_t *path) {
    DWORD code = make_one(path);
    wchar_t *last = wcsrchr(path, L'\\');
    if (code != ERROR_PATH_NOT_FOUND || last == NULL || last == path)
        return code;
    *last = L'\0';
    code = make_all(path);
    *last = L'\\';
    return code != 0 ? code : make_one(path);
}

ferry_status host_make_directories(const char *path, ferry_error *error) {
    wchar_t *wide = ferryi_path_widen(path);
    DWORD code = wide != NULL ? make_all(wide) : GetLastError();
    free(wide);
    if (code != 0)
        return ferryi_fail_win32(error, code, "cannot make the directory %s", path);
    return FERRY_OK;
}

bool host_is_terminal(FILE *stream) {
    DWORD mode; /* _isatty would take every device for one */
    int descriptor = _fileno(stream);
    return descriptor >= 0 && GetConsoleMode((HANDLE)_get_osfhandle(descriptor), &mode);
}

unsigned host_terminal_columns(FILE *stream) {
    CONSOLE_SCREEN_BUFFER_INFO about;
    int descriptor = _fileno(stream);
    if (descriptor < 0 || !GetConsoleScreenBufferInfo((HANDLE)_get_osfhandle(descriptor), &about) ||
        about.srWindow.Right < about.srWindow.Left)
        return 0;
    return (unsigned)(about.srWindow.Right - about.srWindow.Left + 1);
}

unsigned host_core_count(void) {
    DWORD_PTR mine = 0, all = 0;
    unsigned count = 0;
    /* No more than 64, the processors of one group: a process stays in one unless it asks. */
    if (GetProcessAffinityMask(GetCurrentProcess(), &mine, &all))
        for (; mine != 0; mine &= mine - 1)
            count++;
    return count < 1 ? 1 : count;
}
