/* A sender of the BaseImage kind, as such programs are written: it makes a mapping and an
 * auto-reset event, writes four integers and the pixels into the mapping without any lock, and sets
 * the event. It starts the receiving program when it has none, or when that has ended. It knows
 * nothing of Frameferry. What it does besides, for the tests, is in trial.h. */
#include "trial.h"

static HANDLE receiver;
static unsigned launched;

static void start_receiver(const trial *t) {
    DWORD code;
    if (t->launch == NULL)
        return;
    if (receiver != NULL && GetExitCodeProcess(receiver, &code) && code == STILL_ACTIVE)
        return;
    if (receiver != NULL)
        CloseHandle(receiver);
    char command[4096];
    snprintf(command, sizeof command, "%s", t->launch);
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    if (!CreateProcessA(NULL, command, NULL, NULL, FALSE, CREATE_NEW_CONSOLE, NULL, NULL, &startup,
                        &process))
        trial_fail(t->launch);
    CloseHandle(process.hThread);
    receiver = process.hProcess;
    launched++;
}

static HANDLE make_event(trial_kind kind, const char *name) {
    switch (kind) {
    case TRIAL_SEMAPHORE: return CreateSemaphoreA(NULL, 0, 1 << 30, name);
    case TRIAL_MUTEX: return CreateMutexA(NULL, FALSE, name);
    default: return CreateEventA(NULL, kind == TRIAL_MANUAL, FALSE, name);
    }
}

static bool set_event(trial_kind kind, HANDLE event) {
    switch (kind) {
    case TRIAL_SEMAPHORE: return ReleaseSemaphore(event, 1, NULL);
    case TRIAL_MUTEX: return true; /* such a program announces nothing */
    default: return SetEvent(event);
    }
}

/* Without a lock. */
static void send_frame(const trial *t, uint8_t *memory, HANDLE event, uint32_t number) {
    frame_header header = trial_size(t, number);
    memcpy(memory, &header, sizeof header);
    frames_paint(memory + sizeof header, header.length, number);
    if (!set_event(t->kind, event))
        trial_fail("SetEvent");
}

static void send_all(const trial *t, uint8_t *memory, HANDLE event) {
    for (uint32_t i = 0; t->free && i < t->receivers; i++)
        trial_await_taken(t, start_receiver); /* it is there */
    for (uint32_t number = 1; number <= t->frames; number++) {
        start_receiver(t);
        send_frame(t, memory, event, number);
        for (uint32_t i = 0; !t->free && i < t->receivers; i++)
            trial_await_taken(t, start_receiver);
        if (t->interval_ms != 0)
            Sleep(t->interval_ms);
    }
}

/* Whoever has taken the event has it for itself: the others want it once more. */
static void end_all(const trial *t, uint8_t *memory, HANDLE event) {
    ULONGLONG begin = GetTickCount64();
    send_frame(t, memory, event, FRAMES_END);
    for (uint32_t left = t->receivers; left > 0;) {
        if (WaitForSingleObject(t->taken, TRIAL_SLICE_MS) == WAIT_OBJECT_0)
            left--;
        else if (GetTickCount64() - begin > TRIAL_STUCK_MS)
            trial_fail("stuck: a receiver does not end");
        set_event(t->kind, event);
    }
}

int main(int count, char **arguments) {
    char name[TRIAL_NAME_BYTES];
    trial t = trial_begin(count, arguments);
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                                        FRAMES_MAPPING_BYTES, t.name);
    if (mapping == NULL)
        trial_fail(t.name);
    uint8_t *memory = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, FRAMES_MAPPING_BYTES);
    HANDLE event = make_event(t.kind, trial_name(&t, name, "Mutex"));
    if (memory == NULL || event == NULL)
        trial_fail(name);
    send_all(&t, memory, event);
    if (t.free)
        end_all(&t, memory, event);
    if (receiver != NULL)
        WaitForSingleObject(receiver, TRIAL_STUCK_MS);
    trial_report(&t, "old_sender", NULL, ", \"sent\": %u, \"launched\": %u", t.frames, launched);
    UnmapViewOfFile(memory);
    CloseHandle(mapping);
    CloseHandle(event);
    return 0;
}
