/* Source: CreateNamedPipeW, "Synchronous and Overlapped Input and Output", WriteFile,
 * CreateThreadpoolWait in the Win32 manual. */
#include "platform/child_pipe.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/self.h"
#include "platform/windows/failure.h"
#include "platform/windows/timeout.h"

enum {
    PIPE_BYTES = 1 << 20, /* a frame goes through in few pieces */
    PIECE_BYTES = 1 << 18,
    NAME_LENGTH = 64
};

/* Only named pipes can be written to with a time limit. A write that is under way can be called
 * off, but not so that one knows how much of it has been read. So none is called off: pieces are
 * copied and handed to the system one after the other, and the last may be under way while nobody
 * waits for it. It belongs to what the pipe holds. */
struct ferryi_child_pipe {
    HANDLE reading; /* the child's end; NULL: closed */
    HANDLE writing;
    OVERLAPPED piece;   /* its event is set while none is under way */
    ferry_status ended; /* why no more can be written; FERRY_OK: it can */
    uint8_t bytes[PIECE_BYTES];
};

static void free_pipe(ferryi_child_pipe *pipe) {
    if (pipe->writing != INVALID_HANDLE_VALUE)
        CloseHandle(pipe->writing);
    if (pipe->piece.hEvent != NULL)
        CloseHandle(pipe->piece.hEvent);
    free(pipe);
}

/* Returns 0 or a code. */
static DWORD make_pipe(ferryi_child_pipe *pipe) {
    wchar_t name[NAME_LENGTH];
    swprintf(name, NAME_LENGTH, L"\\\\.\\pipe\\frameferry-%016llx",
             (unsigned long long)ferryi_self_random_id());
    pipe->ended = FERRY_OK;
    pipe->reading = NULL;
    pipe->piece = (OVERLAPPED){.hEvent = CreateEventW(NULL, TRUE, TRUE, NULL)};
    pipe->writing = CreateNamedPipeW(
        name, PIPE_ACCESS_OUTBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, PIPE_BYTES,
        0, 0, NULL);
    if (pipe->writing == INVALID_HANDLE_VALUE || pipe->piece.hEvent == NULL)
        return GetLastError();
    /* The one client that the pipe admits; programs expect an ordinary handle for their input. */
    HANDLE reading = CreateFileW(name, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (reading == INVALID_HANDLE_VALUE)
        return GetLastError();
    pipe->reading = reading;
    return 0;
}

ferry_status ferryi_child_pipe_open(ferryi_child_pipe **out, const char *command,
                                    ferry_error *error) {
    ferryi_child_pipe *pipe = malloc(sizeof *pipe);
    DWORD code = pipe != NULL ? make_pipe(pipe) : ERROR_NOT_ENOUGH_MEMORY;
    if (code != 0) {
        if (pipe != NULL)
            free_pipe(pipe);
        return ferryi_fail_win32(error, code, "cannot start \"%s\"", command);
    }
    *out = pipe;
    return FERRY_OK;
}

intptr_t ferryi_child_pipe_reading(const ferryi_child_pipe *pipe) {
    return (intptr_t)pipe->reading;
}

void ferryi_child_pipe_close_reading(ferryi_child_pipe *pipe) {
    CloseHandle(pipe->reading);
    pipe->reading = NULL;
}

static bool is_broken(DWORD code) {
    return code == ERROR_NO_DATA || code == ERROR_BROKEN_PIPE || code == ERROR_PIPE_NOT_CONNECTED;
}

/* Notes why no more can be written, and returns that. FERRY_END_OF_STREAM: nobody reads. */
static ferry_status break_off(ferryi_child_pipe *pipe, DWORD code) {
    pipe->ended = is_broken(code) ? FERRY_END_OF_STREAM : FERRY_SYSTEM_ERROR;
    return pipe->ended;
}

/* Once no piece is under way, whether the last one arrived. */
static ferry_status check_piece(ferryi_child_pipe *pipe) {
    DWORD bytes = 0;
    if (pipe->ended != FERRY_OK)
        return pipe->ended;
    return GetOverlappedResult(pipe->writing, &pipe->piece, &bytes, FALSE)
               ? FERRY_OK
               : break_off(pipe, GetLastError());
}

/* Hands a piece to the system. No other is under way. */
static ferry_status begin_piece(ferryi_child_pipe *pipe, const uint8_t *bytes, size_t count) {
    memcpy(pipe->bytes, bytes, count);
    if (WriteFile(pipe->writing, pipe->bytes, (DWORD)count, NULL, &pipe->piece) ||
        GetLastError() == ERROR_IO_PENDING)
        return FERRY_OK;
    DWORD code = GetLastError();
    SetEvent(pipe->piece.hEvent); /* nothing is under way */
    return break_off(pipe, code);
}

ferry_status ferryi_child_pipe_write(ferryi_child_pipe *pipe, const void *bytes, size_t count,
                                     size_t *some) {
    if (WaitForSingleObject(pipe->piece.hEvent, 0) == WAIT_TIMEOUT)
        return FERRY_FULL;
    ferry_status status = check_piece(pipe);
    size_t piece = count < PIECE_BYTES ? count : PIECE_BYTES;
    if (status == FERRY_OK)
        status = begin_piece(pipe, bytes, piece);
    if (status == FERRY_OK)
        *some = piece;
    return status;
}

ferry_status ferryi_child_pipe_await(const ferryi_child_pipe *pipe, intptr_t process,
                                     int64_t limit_ns) {
    HANDLE news[] = {pipe->piece.hEvent, (HANDLE)process};
    switch (WaitForMultipleObjects(process < 0 ? 1 : 2, news, FALSE, ferryi_timeout_ms(limit_ns))) {
    case WAIT_OBJECT_0: return FERRY_OK;
    case WAIT_OBJECT_0 + 1:
    case WAIT_TIMEOUT: return FERRY_TIMEOUT;
    default: return FERRY_SYSTEM_ERROR;
    }
}

/* In a thread of the system's: the last piece has arrived, or never will. */
static void CALLBACK on_last_piece(PTP_CALLBACK_INSTANCE instance, void *pipe, PTP_WAIT wait,
                                   TP_WAIT_RESULT result) {
    (void)instance;
    (void)result;
    free_pipe(pipe);
    CloseThreadpoolWait(wait);
}

void ferryi_child_pipe_close(ferryi_child_pipe *pipe) {
    DWORD bytes;
    PTP_WAIT wait = NULL;
    if (pipe->reading != NULL)
        ferryi_child_pipe_close_reading(pipe);
    bool is_under_way = WaitForSingleObject(pipe->piece.hEvent, 0) == WAIT_TIMEOUT;
    if (is_under_way)
        wait = CreateThreadpoolWait(on_last_piece, pipe, NULL);
    if (wait != NULL) {
        SetThreadpoolWait(wait, pipe->piece.hEvent, NULL);
        return;
    }
    /* Without memory for that, the last piece is given up: its bytes must not be freed under it. */
    if (is_under_way && CancelIoEx(pipe->writing, &pipe->piece))
        GetOverlappedResult(pipe->writing, &pipe->piece, &bytes, TRUE);
    free_pipe(pipe);
}
