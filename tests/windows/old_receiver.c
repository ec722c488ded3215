/* A receiver of the BaseImage kind, as such programs are written: it opens the event for all that
 * one may do with a mutex, and the mapping for everything, waits without a limit, copies what the
 * header says into a buffer that it grows, and resets the event, which it may not. It knows nothing
 * of Frameferry. What it does besides, for the tests, is in trial.h. */
#include "trial.h"

/* MUTEX_ALL_ACCESS of winnt.h: of what an event knows, it has not the right to set or reset it. */
#define RECEIVER_ACCESS 0x1F0001

typedef struct channel {
    HANDLE event, mapping;
    const uint8_t *memory;
} channel;

/* One of manual reset has to be reset, so that such a program asks for the right to. */
static HANDLE open_event(trial_kind kind, const char *name) {
    if (kind == TRIAL_SEMAPHORE)
        return OpenSemaphoreA(SYNCHRONIZE, FALSE, name);
    return OpenEventA(kind == TRIAL_MANUAL ? SYNCHRONIZE | EVENT_MODIFY_STATE : RECEIVER_ACCESS,
                      FALSE, name);
}

/* A receiver that comes first finds nothing, and tries again. */
static void open_channel(const trial *t, channel *c) {
    char name[TRIAL_NAME_BYTES];
    ULONGLONG begin = GetTickCount64();
    for (;;) {
        c->event = open_event(t->kind, trial_name(t, name, "Mutex"));
        if (c->event != NULL)
            c->mapping = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, t->name);
        if (c->mapping != NULL)
            break;
        DWORD code = GetLastError();
        if (c->event != NULL)
            CloseHandle(c->event);
        if (code != ERROR_FILE_NOT_FOUND || GetTickCount64() - begin > TRIAL_STUCK_MS)
            trial_fail(name);
        Sleep(TRIAL_SLICE_MS);
    }
    c->memory = MapViewOfFile(c->mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    if (c->memory == NULL)
        trial_fail("MapViewOfFile");
}

int main(int count, char **arguments) {
    trial t = trial_begin(count, arguments);
    channel c = {0};
    trial_counts counts = {0};
    uint8_t *buffer = NULL;
    size_t room = 0;
    unsigned refused = 0;
    open_channel(&t, &c);
    if (t.free)
        trial_say_taken(&t, 0);
    while (!counts.ended && (t.free || counts.frames < t.frames)) {
        WaitForSingleObject(c.event, INFINITE);
        frame_header header;
        memcpy(&header, c.memory, sizeof header);
        size_t bytes = (size_t)header.length + sizeof header;
        if (bytes > room) {
            room = bytes;
            buffer = realloc(buffer, room);
        }
        memcpy(buffer, c.memory, bytes);
        refused += !ResetEvent(c.event) && GetLastError() == ERROR_ACCESS_DENIED;
        trial_count(&t, &counts, &header, buffer + sizeof header);
        if (!t.free || counts.ended)
            trial_say_taken(&t, counts.last);
    }
    trial_report(&t, "old_receiver", &counts, ", \"refused\": %u", refused);
    return 0;
}
