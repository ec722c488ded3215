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

/* Without a lock. */
static void send_frame(const trial *t, uint8_t *memory, HANDLE event, uint32_t number) {
    frame_header header = trial_size(t, number);
    memcpy(memory, &header, sizeof header);
    frames_paint(memory + sizeof header, header.length, number);
    if (!SetEvent(event))
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
        SetEvent(event);
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
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, trial_name(&t, name, "Mutex"));
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
