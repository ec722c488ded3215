/* Source: CreateNamedPipeW, "Synchronous and Overlapped Input and Output", WriteFile,
 * CreateThreadpoolWait in the Win32 manual. */
#include "platform/windows/child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/clock.h>

#include "platform/self.h"
#include "platform/windows/timeout.h"
#include "support/deadline.h"

enum {
    PIPE_BYTES = 1 << 20, /* a frame goes through in few pieces */
    PIECE_BYTES = 1 << 18,
    NAME_LENGTH = 64
};

/* Only named pipes can be written to with a time limit. A write that is under way can be called
 * off, but not so that one knows how much of it has been read. So none is called off: pieces are
 * copied and handed to the system one after the other, and the last may be under way while nobody
 * waits for it. It belongs to what the pipe holds. */
struct ferryi_child_input {
    HANDLE pipe;
    OVERLAPPED piece;   /* its event is set while none is under way */
    ferry_status ended; /* why no more can be written; FERRY_OK: it can */
    uint8_t bytes[PIECE_BYTES];
};

static void free_input(ferryi_child_input *input) {
    if (input->pipe != INVALID_HANDLE_VALUE)
        CloseHandle(input->pipe);
    if (input->piece.hEvent != NULL)
        CloseHandle(input->piece.hEvent);
    free(input);
}

DWORD ferryi_child_make_pipe(HANDLE *reading, ferryi_child_input **writing) {
    ferryi_child_input *input = malloc(sizeof *input);
    wchar_t name[NAME_LENGTH];
    if (input == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    swprintf(name, NAME_LENGTH, L"\\\\.\\pipe\\frameferry-%016llx",
             (unsigned long long)ferryi_self_random_id());
    input->ended = FERRY_OK;
    input->piece = (OVERLAPPED){.hEvent = CreateEventW(NULL, TRUE, TRUE, NULL)};
    input->pipe = CreateNamedPipeW(
        name, PIPE_ACCESS_OUTBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, PIPE_BYTES,
        0, 0, NULL);
    /* The one client that the pipe admits; programs expect an ordinary handle for their input. */
    if (input->pipe != INVALID_HANDLE_VALUE && input->piece.hEvent != NULL) {
        *reading = CreateFileW(name, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
        if (*reading != INVALID_HANDLE_VALUE) {
            *writing = input;
            return 0;
        }
        *reading = NULL;
    }
    DWORD code = GetLastError();
    free_input(input);
    return code;
}

static bool is_broken(DWORD code) {
    return code == ERROR_NO_DATA || code == ERROR_BROKEN_PIPE || code == ERROR_PIPE_NOT_CONNECTED;
}

/* Notes why no more can be written, and returns that. FERRY_END_OF_STREAM: nobody reads. */
static ferry_status end_input(ferryi_child_input *input, DWORD code) {
    input->ended = is_broken(code) ? FERRY_END_OF_STREAM : FERRY_SYSTEM_ERROR;
    return input->ended;
}

/* Once no piece is under way, whether the last one arrived. */
static ferry_status check_piece(ferryi_child_input *input) {
    DWORD bytes = 0;
    if (input->ended != FERRY_OK)
        return input->ended;
    return GetOverlappedResult(input->pipe, &input->piece, &bytes, FALSE)
               ? FERRY_OK
               : end_input(input, GetLastError());
}

/* Hands a piece to the system. No other is under way. */
static ferry_status begin_piece(ferryi_child_input *input, const uint8_t *bytes, size_t count) {
    memcpy(input->bytes, bytes, count);
    if (WriteFile(input->pipe, input->bytes, (DWORD)count, NULL, &input->piece) ||
        GetLastError() == ERROR_IO_PENDING)
        return FERRY_OK;
    DWORD code = GetLastError();
    SetEvent(input->piece.hEvent); /* nothing is under way */
    return end_input(input, code);
}

/* Sleeps until no piece is under way, or the child has ended. */
static ferry_status await_room(ferry_child *child, uint64_t deadline_ns) {
    for (;;) {
        int64_t left_ns = ferryi_deadline_left(deadline_ns, FERRY_FOREVER);
        HANDLE news[] = {child->input->piece.hEvent, child->process};
        switch (WaitForMultipleObjects(2, news, FALSE, ferryi_timeout_ms(left_ns))) {
        case WAIT_OBJECT_0: return check_piece(child->input);
        /* Something that the child has started may keep the pipe open and never read it. */
        case WAIT_OBJECT_0 + 1: return FERRY_END_OF_STREAM;
        case WAIT_TIMEOUT: break;
        default: return FERRY_SYSTEM_ERROR;
        }
        if (left_ns == 0)
            return FERRY_TIMEOUT;
    }
}

static ferry_status write_all(ferry_child *child, const uint8_t *bytes, size_t count,
                              uint64_t deadline_ns, size_t *written) {
    while (*written < count) {
        ferry_status status = await_room(child, deadline_ns);
        if (status != FERRY_OK)
            return status;
        size_t left = count - *written;
        size_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
        status = begin_piece(child->input, bytes + *written, piece);
        if (status != FERRY_OK)
            return status;
        *written += piece;
    }
    return FERRY_OK;
}

ferry_status ferry_child_write(ferry_child *child, const void *bytes, size_t count,
                               int64_t timeout_ns, size_t *written) {
    size_t done = 0;
    ferry_status status = FERRY_INVALID_ARGUMENT;
    if (child != NULL && bytes != NULL && timeout_ns >= 0 && child->input != NULL)
        status = write_all(child, bytes, count, ferryi_deadline(timeout_ns), &done);
    if (written != NULL)
        *written = done;
    return status;
}

/* In a thread of the system's: the last piece has arrived, or never will. */
static void CALLBACK on_last_piece(PTP_CALLBACK_INSTANCE instance, void *input, PTP_WAIT wait,
                                   TP_WAIT_RESULT result) {
    (void)instance;
    (void)result;
    free_input(input);
    CloseThreadpoolWait(wait);
}

void ferry_child_close_input(ferry_child *child) {
    if (child == NULL || child->input == NULL)
        return;
    ferryi_child_input *input = child->input;
    child->input = NULL;
    DWORD bytes;
    PTP_WAIT wait = NULL;
    bool is_under_way = WaitForSingleObject(input->piece.hEvent, 0) == WAIT_TIMEOUT;
    if (is_under_way)
        wait = CreateThreadpoolWait(on_last_piece, input, NULL);
    if (wait != NULL) {
        SetThreadpoolWait(wait, input->piece.hEvent, NULL);
        return;
    }
    /* Without memory for that, the last piece is given up: its bytes must not be freed under it. */
    if (is_under_way && CancelIoEx(input->pipe, &input->piece))
        GetOverlappedResult(input->pipe, &input->piece, &bytes, TRUE);
    free_input(input);
}
