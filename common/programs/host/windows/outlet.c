/* Source: CreateFileW, SetEndOfFile, FlushFileBuffers, SetFileInformationByHandle in the Win32
 * manual. */
#include "host/outlet.h"

#include <stdlib.h>
#include <string.h>

#include "host/windows/flow.h"
#include "platform/windows/failure.h"
#include "platform/windows/path.h"

struct host_outlet {
    host_flow flow;
    HANDLE target;
    const char *path; /* NULL: standard output */
    bool is_file;     /* one on a disk, opened here */
    bool is_new;      /* which was not there before */
    uint64_t written; /* bytes */
    uint64_t whole;   /* of these, up to the last mark */
};

static const char *name_of(const host_outlet *o) {
    return o->path != NULL ? o->path : "standard output";
}

static bool names_pipe(const char *path) {
    static const char pipes[] = "\\\\.\\pipe\\";
    return strncmp(path, pipes, sizeof pipes - 1) == 0;
}

/* A named pipe is made by the program that reads, and may be busy with another one that writes. */
static bool lacks_reader(const char *path, DWORD code) {
    return names_pipe(path) && (code == ERROR_FILE_NOT_FOUND || code == ERROR_PIPE_BUSY);
}

/* Others may read the file while it grows. GetLastError says why it is INVALID_HANDLE_VALUE. */
static HANDLE open_wide(const wchar_t *path, bool is_pipe, DWORD how) {
    return CreateFileW(path, is_pipe ? GENERIC_WRITE : GENERIC_WRITE | DELETE,
                       FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, how, 0, NULL);
}

/* Returns 0 or a code. */
static DWORD open_path(host_outlet *o, bool may_replace) {
    wchar_t *wide = ferryi_path_widen(o->path);
    if (wide == NULL)
        return GetLastError();
    bool is_pipe = names_pipe(o->path);
    o->target = is_pipe ? INVALID_HANDLE_VALUE : open_wide(wide, false, CREATE_NEW);
    DWORD code = GetLastError();
    o->is_new = o->target != INVALID_HANDLE_VALUE;
    if (is_pipe || (!o->is_new && may_replace && code == ERROR_FILE_EXISTS)) {
        o->target = open_wide(wide, is_pipe, OPEN_EXISTING);
        code = GetLastError();
    }
    free(wide);
    if (o->target == INVALID_HANDLE_VALUE)
        return code;
    o->is_file = GetFileType(o->target) == FILE_TYPE_DISK;
    return 0;
}

static ferry_status refuse(const char *path, DWORD code, ferry_error *error) {
    if (lacks_reader(path, code))
        return ferryi_fail(error, FERRY_TIMEOUT, 0, "nobody reads %.400s", path);
    if (code == ERROR_FILE_EXISTS)
        return ferryi_fail(error, FERRY_BUSY, (int32_t)code, "%.400s exists, and is not replaced",
                           path);
    return ferryi_fail_win32(error, code, "cannot write %.400s", path);
}

ferry_status host_open_outlet(host_outlet **out, const char *path, bool may_replace,
                              ferry_error *error) {
    host_outlet *o = calloc(1, sizeof *o);
    if (o == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    o->path = path;
    o->target = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD code = path != NULL ? open_path(o, may_replace) : 0;
    if (code != 0) {
        free(o);
        return refuse(path, code, error);
    }
    host_flow_begin(&o->flow, o->target);
    *out = o;
    return FERRY_OK;
}

host_outlet_kind host_kind_of_outlet(const host_outlet *outlet) {
    DWORD mode;
    if (GetConsoleMode(outlet->target, &mode))
        return HOST_OUTLET_TERMINAL;
    return GetFileType(outlet->target) == FILE_TYPE_PIPE ? HOST_OUTLET_PIPE : HOST_OUTLET_FILE;
}

/* Empties an older file right before its first byte is written. Returns 0 or a code. */
static DWORD empty(const host_outlet *o) {
    return o->is_file && !o->is_new && o->written == 0 && !SetEndOfFile(o->target) ? GetLastError()
                                                                                   : 0;
}

ferry_status host_write_outlet(host_outlet *outlet, const void *bytes, size_t count,
                               ferry_error *error) {
    DWORD code = empty(outlet);
    outlet->written += count;
    if (code == 0)
        code = host_flow_write(&outlet->flow, bytes, count);
    if (code == 0)
        return FERRY_OK;
    if (code == ERROR_CANCELLED)
        return ferryi_fail(error, FERRY_INTERRUPTED, 0, "stopped while nobody read %.400s",
                           name_of(outlet));
    ferry_status status = ferryi_fail_win32(error, code, "cannot write to %.400s", name_of(outlet));
    return host_flow_is_unread(code) ? FERRY_END_OF_STREAM : status;
}

void host_mark_outlet(host_outlet *outlet) {
    outlet->whole = outlet->written;
}

bool host_outlet_has_lost_reader(const host_outlet *outlet) {
    (void)outlet;
    return false;
}

/* Only what this process has made: by its handle. */
static void remove_new(const host_outlet *o) {
    FILE_DISPOSITION_INFO removal = {.DeleteFile = TRUE};
    SetFileInformationByHandle(o->target, FileDispositionInfo, &removal, sizeof removal);
}

/* Returns 0 or a code. */
static DWORD end_file(const host_outlet *o) {
    LARGE_INTEGER end = {.QuadPart = (LONGLONG)o->whole};
    if (o->whole == 0 && o->is_new) {
        remove_new(o);
        return 0;
    }
    if (o->whole != o->written &&
        (!SetFilePointerEx(o->target, end, NULL, FILE_BEGIN) || !SetEndOfFile(o->target)))
        return GetLastError();
    return FlushFileBuffers(o->target) ? 0 : GetLastError();
}

ferry_status host_close_outlet(host_outlet **outlet, ferry_error *error) {
    host_outlet *o = *outlet;
    *outlet = NULL;
    if (o == NULL)
        return FERRY_OK;
    DWORD code = o->is_file ? end_file(o) : 0;
    if (!host_flow_end(&o->flow))
        return FERRY_OK; /* a write goes on until the process ends */
    if (o->path != NULL && !CloseHandle(o->target) && code == 0)
        code = GetLastError();
    ferry_status status =
        code == 0 ? FERRY_OK : ferryi_fail_win32(error, code, "cannot write %.400s", name_of(o));
    free(o);
    return status;
}
