/* Standard input. Source: ReadFile, CancelSynchronousIo, SetStdHandle in the Win32 manual; _dup2 in
 * that of the C run-time library. */
#include <frameferry/host.h>

#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <stdlib.h>
#include <string.h>

#include "platform/windows/failure.h"
#include "platform/windows/host.h"
#include "platform/windows/timeout.h"

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

/* What is standard input depends on who started the program: only a plain read is sure to work with
 * all of it, and nothing else can be waited for at the same time. So a thread reads, a block ahead
 * of who asks for it. */
struct ferryi_input {
    HANDLE source;
    HANDLE thread;
    HANDLE news;        /* set when a block has come, or it is over */
    HANDLE room;        /* set when a block has been used up, or nobody wants any more */
    HANDLE interrupted; /* once that has been asked for, for ever */
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

/* Waits for room and returns a block to fill; NULL: nobody wants any more. */
static block *take_room(ferryi_input *input) {
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

static void put_block(ferryi_input *input) {
    AcquireSRWLockExclusive(&input->lock);
    input->ready++;
    SetEvent(input->news);
    ReleaseSRWLockExclusive(&input->lock);
}

static void end_reading(ferryi_input *input, DWORD code) {
    AcquireSRWLockExclusive(&input->lock);
    input->is_over = true;
    input->code = code == ERROR_BROKEN_PIPE || code == ERROR_HANDLE_EOF ? 0 : code;
    SetEvent(input->news);
    ReleaseSRWLockExclusive(&input->lock);
}

static unsigned __stdcall read_ahead(void *argument) {
    ferryi_input *input = argument;
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

/* What there is of an input whose thread does not run. */
static void free_input(ferryi_input *input) {
    HANDLE handles[] = {input->source, input->thread, input->news, input->room, input->interrupted};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        if (handles[i] != NULL)
            CloseHandle(handles[i]);
    free(input);
}

/* Returns 0 or a code. */
static DWORD begin(ferryi_input *input) {
    input->news = CreateEventW(NULL, TRUE, FALSE, NULL);
    input->room = CreateEventW(NULL, FALSE, FALSE, NULL);
    input->interrupted = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (input->news == NULL || input->room == NULL || input->interrupted == NULL)
        return GetLastError();
    input->source = take_input();
    if (input->source == NULL)
        return GetLastError();
    input->thread = (HANDLE)_beginthreadex(NULL, 0, read_ahead, input, 0, NULL);
    return input->thread != NULL ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

ferry_status ferryi_host_open_input(ferryi_input **out, ferry_error *error) {
    ferryi_input *input = calloc(1, sizeof *input);
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;
    if (input != NULL) {
        InitializeSRWLock(&input->lock);
        code = begin(input);
    }
    if (code != 0) {
        if (input != NULL)
            free_input(input);
        return ferryi_fail_win32(error, code, "cannot read standard input");
    }
    *out = input;
    return FERRY_OK;
}

/* Waits for a block, the end, or that nobody wants to read any more; which, or WAIT_TIMEOUT. */
static DWORD await_news(const ferryi_input *input, DWORD timeout_ms) {
    HANDLE stopped = ferryi_host_stop_event();
    HANDLE waits[] = {input->interrupted, input->news, stopped};
    return WaitForMultipleObjects(stopped != NULL ? 3 : 2, waits, FALSE, timeout_ms);
}

bool ferryi_host_await_input(ferryi_input *input, int64_t timeout_ns) {
    return await_news(input, ferryi_timeout_ms(timeout_ns)) != WAIT_TIMEOUT;
}

/* Waits for a block, or the end. False: nobody wants to read any more. */
static bool await_block(const ferryi_input *input) {
    DWORD which = await_news(input, INFINITE);
    return which == WAIT_OBJECT_0 + 1 && ferryi_host_stop_count() == 0;
}

/* Copies from the block that comes first, and makes room when it is used up. */
static size_t take_bytes(ferryi_input *input, void *bytes, size_t count) {
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

ferry_status ferryi_host_read_input(ferryi_input *input, void *bytes, size_t count, size_t *got,
                                    ferry_error *error) {
    if (!await_block(input))
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
                     : ferryi_fail_win32(error, code, "cannot read standard input");
}

void ferryi_host_interrupt_input(ferryi_input *input) {
    SetEvent(input->interrupted);
}

/* Whether the thread has ended. */
static bool end_thread(ferryi_input *input) {
    AcquireSRWLockExclusive(&input->lock);
    input->is_closing = true;
    SetEvent(input->room);
    ReleaseSRWLockExclusive(&input->lock);
    for (int i = 0; i < CANCEL_ATTEMPTS; i++) {
        CancelSynchronousIo(input->thread);
        if (WaitForSingleObject(input->thread, CANCEL_PAUSE_MS) == WAIT_OBJECT_0)
            return true;
    }
    return false;
}

void ferryi_host_close_input(ferryi_input **input) {
    /* A read that cannot be called off goes on until the process ends, and keeps what it needs. */
    if (*input != NULL && end_thread(*input))
        free_input(*input);
    *input = NULL;
}
