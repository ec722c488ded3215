/* Source: CreateFileW, SetFileInformationByHandle (FILE_DISPOSITION_INFO, FILE_RENAME_INFO),
 * FlushFileBuffers, "Naming Files, Paths, and Namespaces" in the Win32 manual. */
#include "platform/file.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/identity.h"
#include "platform/windows/failure.h"
#include "platform/windows/path.h"

enum {
    NAME_KEPT_MAX =
        32, /* bytes of the target's name in the temporary one, which so never is long */
    TEMPORARY_EXTRA = 24, /* a dot before, a dot, 16 digits and ".tmp" after, the end */
    ATTEMPTS_MAX = 100,
    /* A file that somebody reads at this moment, such as a scanner for viruses, cannot be replaced:
     * so often and so long it is tried again. */
    REPLACE_ATTEMPTS = 40,
    REPLACE_PAUSE_MS = 10
};

/* Takes a stream for an open file, which is closed on failure: out of memory, or too many. */
static FILE *stream_of(HANDLE file, bool writes) {
    int descriptor = _open_osfhandle((intptr_t)file, writes ? 0 : _O_RDONLY);
    if (descriptor < 0) {
        CloseHandle(file);
        return NULL;
    }
    FILE *stream = _fdopen(descriptor, writes ? "wb" : "rb");
    if (stream == NULL)
        _close(descriptor);
    return stream;
}

/* Devices have no size to ask for, and are no folders. */
static bool is_folder(HANDLE file) {
    BY_HANDLE_FILE_INFORMATION info;
    return GetFileInformationByHandle(file, &info) &&
           (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

ferry_status ferryi_file_open(FILE **out, const char *path, ferry_error *error) {
    wchar_t *wide = ferryi_path_widen(path);
    HANDLE file = INVALID_HANDLE_VALUE;
    /* FILE_FLAG_BACKUP_SEMANTICS opens folders too, so that they can be told from files that are
     * not allowed. FILE_SHARE_DELETE: a writer may put a newer file in the place of this one. */
    if (wide != NULL)
        file =
            CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                        NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    DWORD code = GetLastError();
    free(wide);
    if (file == INVALID_HANDLE_VALUE)
        return ferryi_fail_win32(error, code, "cannot open %.400s", path);
    if (is_folder(file)) {
        CloseHandle(file);
        return ferryi_fail(error, FERRY_SYSTEM_ERROR, ERROR_DIRECTORY,
                           "cannot read %.400s: it is a directory", path);
    }
    *out = stream_of(file, false);
    if (*out == NULL)
        return ferryi_fail_win32(error, ERROR_NOT_ENOUGH_MEMORY, "cannot open %.400s", path);
    return FERRY_OK;
}

/* How much of a name of length bytes is kept: no more than fits, and whole UTF-8 characters. */
static size_t kept_length(const char *name, size_t length) {
    if (length <= NAME_KEPT_MAX)
        return length;
    length = NAME_KEPT_MAX;
    while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80)
        length--;
    return length;
}

static size_t temporary_capacity(const ferryi_output *out) {
    return strlen(out->path) + TEMPORARY_EXTRA;
}

/* Writes a new temporary name for path: in the same folder. */
static void name_temporary(char *out, size_t capacity, const char *path) {
    const char *name = ferryi_path_name(path);
    int folder = (int)(name - path), kept = (int)kept_length(name, strlen(name));
    snprintf(out, capacity, "%.*s.%.*s.%016llx.tmp", folder, path, kept, name,
             (unsigned long long)ferryi_random_id());
}

/* Whether the file goes when its last handle is closed, as the system does for a process that is
 * killed. Not every network's file system can do that: there a kill leaves the temporary file. */
static void set_vanishing(HANDLE file, bool vanishes) {
    FILE_DISPOSITION_INFO disposition = {.DeleteFile = vanishes};
    SetFileInformationByHandle(file, FileDispositionInfo, &disposition, sizeof disposition);
}

static HANDLE create_temporary(const char *path) {
    wchar_t *wide = ferryi_path_widen(path);
    HANDLE file = INVALID_HANDLE_VALUE;
    if (wide != NULL)
        file = CreateFileW(wide, GENERIC_WRITE | DELETE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                           CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    DWORD code = GetLastError();
    free(wide);
    SetLastError(code);
    return file;
}

/* Opens a file with a new temporary name, which vanishes unless it is committed. 0, or the code of
 * what failed. */
static DWORD open_temporary(ferryi_output *out) {
    HANDLE file = INVALID_HANDLE_VALUE;
    for (int i = 0; i < ATTEMPTS_MAX && file == INVALID_HANDLE_VALUE; i++) {
        name_temporary(out->temporary, temporary_capacity(out), out->path);
        file = create_temporary(out->temporary);
        if (file == INVALID_HANDLE_VALUE && GetLastError() != ERROR_FILE_EXISTS)
            return GetLastError();
    }
    if (file == INVALID_HANDLE_VALUE)
        return ERROR_FILE_EXISTS;
    set_vanishing(file, true);
    out->stream = stream_of(file, true);
    return out->stream != NULL ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static ferry_status refuse(ferry_error *error, const char *path, const char *reason) {
    return ferryi_fail(error, FERRY_SYSTEM_ERROR, ERROR_INVALID_NAME, "cannot write \"%.400s\": %s",
                       path, reason);
}

/* What the system does not take for the name of a file in a folder. A target that exists is
 * replaced only if it is a file. */
static ferry_status check_wide_target(const wchar_t *wide, const char *path, ferry_error *error) {
    if (wcsncmp(wide, L"\\\\.\\", 4) == 0)
        return refuse(error, path, "it is a device and not a file");
    DWORD attributes = GetFileAttributesW(wide);
    DWORD code = GetLastError();
    if (attributes == INVALID_FILE_ATTRIBUTES)
        return code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND
                   ? FERRY_OK
                   : ferryi_fail_win32(error, code, "cannot write %.400s", path);
    if ((attributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
        return refuse(error, path, "it is a directory");
    return FERRY_OK;
}

static ferry_status check_target(const char *path, ferry_error *error) {
    const char *name = ferryi_path_name(path);
    if (*name == '\0')
        return refuse(error, path, "it does not name a file");
    /* Behind a colon comes the name of a stream that hides in another file. */
    if (strchr(name, ':') != NULL)
        return refuse(error, path, "a file's name has no colon");
    wchar_t *wide = ferryi_path_widen(path);
    if (wide == NULL)
        return ferryi_fail_win32(error, GetLastError(), "cannot write %.400s", path);
    ferry_status status = check_wide_target(wide, path, error);
    free(wide);
    return status;
}

static void forget(ferryi_output *out) {
    free(out->path);
    free(out->temporary);
    *out = (ferryi_output){0};
}

ferry_status ferryi_output_open(ferryi_output *out, const char *path, ferry_error *error) {
    *out = (ferryi_output){0};
    ferry_status status = check_target(path, error);
    if (status != FERRY_OK)
        return status;
    out->path = _strdup(path);
    out->temporary = out->path != NULL ? malloc(temporary_capacity(out)) : NULL;
    if (out->temporary == NULL)
        status = ferryi_fail(error, FERRY_NO_MEMORY, 0, "no memory to write %.400s", path);
    else {
        DWORD code = open_temporary(out);
        if (code != 0)
            status = ferryi_fail_win32(error, code, "cannot write %.400s", path);
    }
    if (status != FERRY_OK)
        forget(out);
    return status;
}

static HANDLE handle_of(FILE *stream) {
    return (HANDLE)_get_osfhandle(_fileno(stream));
}

/* Where a file cannot be made to vanish, it is removed by its name. */
static void close_and_remove(ferryi_output *out) {
    set_vanishing(handle_of(out->stream), true);
    fclose(out->stream);
    wchar_t *wide = ferryi_path_widen(out->temporary);
    if (wide != NULL)
        DeleteFileW(wide);
    free(wide);
}

void ferryi_output_abort(ferryi_output *out) {
    if (out->stream != NULL)
        close_and_remove(out);
    forget(out);
}

/* 0, or the code of what failed: the stream keeps only a sign that something did. */
static DWORD flush(FILE *stream) {
    bool had_failed = ferror(stream) != 0;
    errno = 0;
    bool fails = fflush(stream) != 0;
    if (errno == ENOSPC)
        return ERROR_DISK_FULL;
    return had_failed || fails ? ERROR_WRITE_FAULT : 0;
}

ferry_status ferryi_output_flush(ferryi_output *out, ferry_error *error) {
    DWORD code = flush(out->stream);
    if (code == 0)
        return FERRY_OK;
    ferry_status status = ferryi_fail_win32(error, code, "cannot write %.400s", out->path);
    ferryi_output_abort(out);
    return status;
}

static DWORD rename_once(HANDLE file, const FILE_RENAME_INFO *target, DWORD bytes) {
    return SetFileInformationByHandle(file, FileRenameInfo, (void *)target, bytes) ? 0
                                                                                   : GetLastError();
}

/* Gives the file its name, in the place of another one if need be. 0, or the code of what failed.
 */
static DWORD rename_to(HANDLE file, const wchar_t *path) {
    size_t name_bytes = wcslen(path) * sizeof *path;
    size_t bytes = sizeof(FILE_RENAME_INFO) + name_bytes; /* there is room for a final zero too */
    FILE_RENAME_INFO *target = calloc(1, bytes);
    if (target == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    target->ReplaceIfExists = TRUE;
    target->FileNameLength = (DWORD)name_bytes;
    memcpy(target->FileName, path, name_bytes);
    DWORD code = rename_once(file, target, (DWORD)bytes);
    for (int i = 1;
         i < REPLACE_ATTEMPTS && (code == ERROR_ACCESS_DENIED || code == ERROR_SHARING_VIOLATION);
         i++) {
        Sleep(REPLACE_PAUSE_MS); /* nothing tells when the others close it */
        code = rename_once(file, target, (DWORD)bytes);
    }
    free(target);
    return code;
}

/* 0, or the code of what failed. */
static DWORD give_name(ferryi_output *out) {
    HANDLE file = handle_of(out->stream);
    DWORD code = flush(out->stream);
    if (code == 0 && !FlushFileBuffers(file))
        code = GetLastError();
    /* Some file systems have nothing to flush to. */
    if (code != 0 && code != ERROR_INVALID_FUNCTION && code != ERROR_NOT_SUPPORTED)
        return code;
    wchar_t *path = ferryi_path_widen(out->path);
    if (path == NULL)
        return GetLastError();
    /* A file that vanishes cannot be renamed. */
    set_vanishing(file, false);
    code = rename_to(file, path);
    free(path);
    return code;
}

ferry_status ferryi_output_commit(ferryi_output *out, ferry_error *error) {
    DWORD code = give_name(out);
    ferry_status status = FERRY_OK;
    if (code != 0) {
        status = ferryi_fail_win32(error, code, "cannot write %.400s", out->path);
        close_and_remove(out);
    } else {
        fclose(out->stream); /* everything is on the disk: nothing is left that could fail */
    }
    forget(out);
    return status;
}
