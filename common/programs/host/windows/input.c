/* Standard input, and files that are read in the same way. Source: CreateFileW, ReadFile,
 * CancelSynchronousIo, SetStdHandle in the Win32 manual; _dup2 in that of the C run-time library.
 */
#include "host/input.h"

#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <stdlib.h>
#include <string.h>

#include "host/stop.h"
#include "host/windows/stop.h"
#include "platform/windows/failure.h"
#include "platform/windows/path.h"

enum {
    BLOCKS = 2,
    BLOCK_BYTES = 1 << 20,
    /* A read that is being called off may be just about to begin, and is then called off again. */
    CANCEL_ATTEMPTS = 20,
    CANCEL_PAUSE_MS = 10
};

typedef struct block {
    DWORD count;
    uint8_t bytes[BLOCK_BYTES];
} block;

/* The kind of standard input depends on the program that started this one. Only a plain read works
 * with every kind, and a thread in it can wait for nothing else. So a thread reads, a block ahead
 * of the reader. */
struct host_input {
    const char *name; /* for sentences */
    HANDLE source;
    HANDLE thread;
    HANDLE news;        /* set when a block has come, or it is over */
    HANDLE room;        /* set when a block has been used up, or the input is being closed */
    HANDLE interrupted; /* set, and stays so, once that has been asked for */
    DWORD used;         /* bytes of the first block, the reader's alone */

    /* With the lock, but for the block behind the ready ones, which is the thread's alone. */
    SRWLOCK lock;
    unsigned first; /* the oldest block that is ready */
    unsigned ready;
    bool is_over; /* no more blocks come */
    DWORD code;   /* why, if it is not the end */
    bool is_closing;
    block blocks[BLOCKS];
};

/* ---- in the thread ---- */

/* Waits for room and returns a block to fill; NULL: the input is being closed. */
static block *take_room(host_input *input) {
    for (;;) {
        AcquireSRWLockExclusive(&input->lock);
        bool is_closing = input->is_closing, has_room = input->ready < BLOCKS;
        block *free_one = &input->blocks[(input->first + input->ready) % BLOCKS];
        ReleaseSRWLockExclusive(&input->lock);
        if (is_closing)
            return NULL;
        if (has_room)
            return free_one;
        WaitForSingleObject(input->room, INFINITE);
    }
}

static void put_block(host_input *input) {
    AcquireSRWLockExclusive(&input->lock);
    input->ready++;
    SetEvent(input->news);
    ReleaseSRWLockExclusive(&input->lock);
}

static void end_reading(host_input *input, DWORD code) {
    AcquireSRWLockExclusive(&input->lock);
    input->is_over = true;
    input->code = code == ERROR_BROKEN_PIPE || code == ERROR_HANDLE_EOF ? 0 : code;
    SetEvent(input->news);
    ReleaseSRWLockExclusive(&input->lock);
}

static unsigned __stdcall read_ahead(void *argument) {
    host_input *input = argument;
    block *into;
    while ((into = take_room(input)) != NULL) {
        bool fine = ReadFile(input->source, into->bytes, BLOCK_BYTES, &into->count, NULL);
        if (!fine || into->count == 0) {
            end_reading(input, fine ? 0 : GetLastError());
            break;
        }
        put_block(input);
    }
    return 0;
}

/* ---- in the thread that reads from here ---- */

/* A copy of standard input that children do not get, and the null device in its place. NULL:
 * GetLastError says why. */
static HANDLE take_input(void) {
    HANDLE self = GetCurrentProcess(), copy = NULL;
    if (!DuplicateHandle(self, GetStdHandle(STD_INPUT_HANDLE), self, &copy, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return NULL;
    int null = _open("NUL", _O_RDONLY | _O_BINARY | _O_NOINHERIT);
    /* For descriptor 0 of a program with a console it sets the standard handle too. */
    if (null < 0 || _dup2(null, 0) != 0 ||
        !SetStdHandle(STD_INPUT_HANDLE, (HANDLE)_get_osfhandle(0))) {
        CloseHandle(copy);
        copy = NULL;
        SetLastError(ERROR_FILE_NOT_FOUND);
    }
    if (null >= 0)
        _close(null);
    return copy;
}

/* NULL: GetLastError says why. */
static HANDLE open_path(const char *path) {
    wchar_t *wide = ferryi_path_widen(path);
    if (wide == NULL)
        return NULL;
    HANDLE file =
        CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    DWORD code = GetLastError();
    free(wide);
    SetLastError(code);
    return file == INVALID_HANDLE_VALUE ? NULL : file;
}

/* Frees an input whose thread does not run, as far as it was made. */
static void free_input(host_input *input) {
    HANDLE handles[] = {input->source, input->thread, input->news, input->room, input->interrupted};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        if (handles[i] != NULL)
            CloseHandle(handles[i]);
    free(input);
}

/* Returns 0 or a code. */
static DWORD begin(host_input *input, const char *path) {
    input->news = CreateEventW(NULL, TRUE, FALSE, NULL);
    input->room = CreateEventW(NULL, FALSE, FALSE, NULL);
    input->interrupted = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (input->news == NULL || input->room == NULL || input->interrupted == NULL)
        return GetLastError();
    input->source = path == NULL ? take_input() : open_path(path);
    if (input->source == NULL)
        return GetLastError();
    input->thread = (HANDLE)_beginthreadex(NULL, 0, read_ahead, input, 0, NULL);
    return input->thread != NULL ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static ferry_status open_input(host_input **out, const char *name, const char *path,
                               ferry_error *error) {
    host_input *input = calloc(1, sizeof *input);
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;
    if (input != NULL) {
        input->name = name;
        InitializeSRWLock(&input->lock);
        code = begin(input, path);
    }
    if (code != 0) {
        if (input != NULL)
            free_input(input);
        return ferryi_fail_win32(error, code, "cannot read %s", name);
    }
    *out = input;
    return FERRY_OK;
}

ferry_status host_open_input(host_input **out, ferry_error *error) {
    return open_input(out, "standard input", NULL, error);
}

ferry_status host_open_input_file(host_input **out, const char *path, ferry_error *error) {
    return open_input(out, path, path, error);
}

/* Waits for a block, or the end: FERRY_OK. FERRY_INTERRUPTED: reading is interrupted. */
static ferry_status await_block(const host_input *input, DWORD limit_ms) {
    HANDLE stopped = host_stop_event();
    HANDLE waits[] = {input->interrupted, input->news, stopped};
    DWORD which = WaitForMultipleObjects(stopped != NULL ? 3 : 2, waits, FALSE, limit_ms);
    if (which == WAIT_TIMEOUT)
        return FERRY_TIMEOUT;
    return which == WAIT_OBJECT_0 + 1 && host_stop_count() == 0 ? FERRY_OK : FERRY_INTERRUPTED;
}

ferry_status host_await_input(const host_input *input, int limit_ms) {
    return await_block(input, limit_ms < 0 ? INFINITE : (DWORD)limit_ms);
}

/* Copies from the block that comes first, and makes room when it is used up. */
static size_t take_bytes(host_input *input, void *bytes, size_t count) {
    block *from = &input->blocks[input->first];
    size_t left = from->count - input->used;
    size_t taken = count < left ? count : left;
    memcpy(bytes, from->bytes + input->used, taken);
    input->used += (DWORD)taken;
    if (input->used < from->count)
        return taken;
    input->used = 0;
    AcquireSRWLockExclusive(&input->lock);
    input->first = (input->first + 1) % BLOCKS;
    input->ready--;
    if (input->ready == 0 && !input->is_over)
        ResetEvent(input->news);
    SetEvent(input->room);
    ReleaseSRWLockExclusive(&input->lock);
    return taken;
}

ferry_status host_read_input(host_input *input, void *bytes, size_t count, size_t *got,
                             ferry_error *error) {
    if (await_block(input, INFINITE) != FERRY_OK)
        return FERRY_INTERRUPTED;
    AcquireSRWLockExclusive(&input->lock);
    bool has_block = input->ready > 0;
    DWORD code = input->code;
    ReleaseSRWLockExclusive(&input->lock);
    if (has_block) {
        *got = take_bytes(input, bytes, count);
        return FERRY_OK;
    }
    return code == 0 ? FERRY_END_OF_STREAM
                     : ferryi_fail_win32(error, code, "cannot read %s", input->name);
}

/* The thread has ended with the file. */
ferry_status host_rewind_input(host_input *input, ferry_error *error) {
    WaitForSingleObject(input->thread, INFINITE);
    CloseHandle(input->thread);
    input->is_over = false;
    ResetEvent(input->news);
    DWORD code = 0;
    if (!SetFilePointerEx(input->source, (LARGE_INTEGER){.QuadPart = 0}, NULL, FILE_BEGIN))
        code = GetLastError();
    input->thread = code != 0 ? NULL : (HANDLE)_beginthreadex(NULL, 0, read_ahead, input, 0, NULL);
    if (input->thread != NULL)
        return FERRY_OK;
    return ferryi_fail_win32(error, code != 0 ? code : ERROR_NOT_ENOUGH_MEMORY,
                             "cannot read %s once more", input->name);
}

void host_interrupt_input(host_input *input) {
    SetEvent(input->interrupted);
}

/* Whether the thread has ended. */
static bool end_thread(host_input *input) {
    AcquireSRWLockExclusive(&input->lock);
    input->is_closing = true;
    SetEvent(input->room);
    ReleaseSRWLockExclusive(&input->lock);
    for (int i = 0; i < CANCEL_ATTEMPTS && input->thread != NULL; i++) {
        CancelSynchronousIo(input->thread);
        if (WaitForSingleObject(input->thread, CANCEL_PAUSE_MS) == WAIT_OBJECT_0)
            return true;
    }
    return input->thread == NULL;
}

void host_close_input(host_input **input) {
    /* A read that cannot be called off goes on until the process ends, and keeps what it needs. */
    if (*input != NULL && end_thread(*input))
        free_input(*input);
    *input = NULL;
}
