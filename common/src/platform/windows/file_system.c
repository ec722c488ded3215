/* Source: CreateFileW (FILE_FLAG_DELETE_ON_CLOSE), CreateHardLinkW, MoveFileExW, FlushFileBuffers,
 * "Naming Files, Paths, and Namespaces" in the Win32 manual. */
#include "platform/file.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/file_name.h"
#include "platform/self.h"
#include "platform/windows/failure.h"
#include "platform/windows/path.h"

enum {
    ATTEMPTS_MAX = 100,
    /* A file that another program reads at this moment, such as a scanner for viruses, cannot be
     * replaced: it is tried again this often, with this pause. */
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

/* Writes a new temporary name for the output. */
static void name_temporary(char *name, const ferryi_file_output *out) {
    ferryi_file_name_temporary(name, out->path, ferryi_path_name(out->path),
                               ferryi_self_random_id());
}

/* The file goes when its last handle is closed, as the system does for a process that is killed. */
static HANDLE create_temporary(const char *path) {
    wchar_t *wide = ferryi_path_widen(path);
    HANDLE file = INVALID_HANDLE_VALUE;
    if (wide != NULL)
        file = CreateFileW(wide, GENERIC_WRITE | DELETE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                           CREATE_NEW, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    DWORD code = GetLastError();
    free(wide);
    SetLastError(code);
    return file;
}

/* 0, or the code of what failed. */
static DWORD open_temporary(ferryi_file_output *out) {
    HANDLE file = INVALID_HANDLE_VALUE;
    for (int i = 0; i < ATTEMPTS_MAX && file == INVALID_HANDLE_VALUE; i++) {
        name_temporary(out->temporary, out);
        file = create_temporary(out->temporary);
        if (file == INVALID_HANDLE_VALUE && GetLastError() != ERROR_FILE_EXISTS)
            return GetLastError();
    }
    if (file == INVALID_HANDLE_VALUE)
        return ERROR_FILE_EXISTS;
    out->stream = stream_of(file, true);
    return out->stream != NULL ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static ferry_status refuse(ferry_error *error, const char *path, const char *reason) {
    return ferryi_fail(error, FERRY_SYSTEM_ERROR, ERROR_INVALID_NAME, "cannot write \"%.400s\": %s",
                       path, reason);
}

/* Refuses a path that the system does not take for the name of a file in a folder. A target that
 * exists is replaced only if it is a file. */
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

ferry_status ferryi_file_check_target(const char *path, ferry_error *error) {
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

int32_t ferryi_file_begin(ferryi_file_output *out) {
    return (int32_t)open_temporary(out);
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

int32_t ferryi_file_flush(const ferryi_file_output *out) {
    return (int32_t)flush(out->stream);
}

/* 0, or the code of what failed. */
static DWORD replace(const wchar_t *path, const wchar_t *by) {
    DWORD code = ERROR_ACCESS_DENIED;
    for (int i = 0;
         i < REPLACE_ATTEMPTS && (code == ERROR_ACCESS_DENIED || code == ERROR_SHARING_VIOLATION);
         i++) {
        if (i > 0)
            Sleep(REPLACE_PAUSE_MS); /* nothing tells when the others close it */
        code = MoveFileExW(by, path, MOVEFILE_REPLACE_EXISTING) ? 0 : GetLastError();
    }
    return code;
}

/* For file systems in which a file has one name only. 0, or the code of what failed. */
static DWORD copy_to(const wchar_t *target, const wchar_t *source) {
    if (!CopyFileW(source, target, TRUE))
        return GetLastError();
    HANDLE copy = CreateFileW(target, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    DWORD code = copy != INVALID_HANDLE_VALUE && FlushFileBuffers(copy) ? 0 : GetLastError();
    if (copy != INVALID_HANDLE_VALUE)
        CloseHandle(copy);
    if (code != 0)
        DeleteFileW(target);
    return code;
}

/* In the place of another file it first needs a name beside that, since a link replaces nothing.
 * 0, or the code of what failed. */
static DWORD link_beside(const ferryi_file_output *out, const wchar_t *path,
                         const wchar_t *temporary) {
    char *name = malloc(ferryi_file_name_bytes(out->path));
    if (name == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    name_temporary(name, out);
    wchar_t *beside = ferryi_path_widen(name);
    DWORD code = beside != NULL ? 0 : GetLastError();
    if (code == 0 && !CreateHardLinkW(beside, temporary, NULL))
        code = copy_to(beside, temporary);
    if (code == 0) {
        code = replace(path, beside);
        if (code != 0)
            DeleteFileW(beside);
    }
    free(beside);
    free(name);
    return code;
}

static bool is_name_taken(DWORD code) {
    return code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS;
}

/* Gives the file its name, beside the temporary one that it loses when it is closed: so there is no
 * moment in which a kill would leave that. 0, or the code of what failed. */
static DWORD link_to(const ferryi_file_output *out) {
    wchar_t *path = ferryi_path_widen(out->path);
    wchar_t *temporary = ferryi_path_widen(out->temporary);
    DWORD code = path != NULL && temporary != NULL ? 0 : GetLastError();
    if (code == 0 && !CreateHardLinkW(path, temporary, NULL)) {
        code = GetLastError();
        if (!out->must_be_new)
            code = link_beside(out, path, temporary);
        else if (!is_name_taken(code)) /* a file system in which a file has one name only */
            code = copy_to(path, temporary);
    }
    free(path);
    free(temporary);
    return code;
}

/* 0, or the code of what failed. */
static DWORD give_name(const ferryi_file_output *out) {
    DWORD code = flush(out->stream);
    if (code != 0)
        return code;
    if (!FlushFileBuffers((HANDLE)_get_osfhandle(_fileno(out->stream))))
        code = GetLastError();
    /* Some file systems have nothing to flush to. */
    if (code != 0 && code != ERROR_INVALID_FUNCTION && code != ERROR_NOT_SUPPORTED)
        return code;
    return link_to(out);
}

int32_t ferryi_file_finish(ferryi_file_output *out) {
    DWORD code = give_name(out);
    fclose(out->stream); /* everything is on the disk: nothing is left that could fail */
    return (int32_t)code;
}

void ferryi_file_discard(ferryi_file_output *out) {
    fclose(out->stream);
}

ferry_status ferryi_file_refuse(int32_t code, const char *path, ferry_error *error) {
    return ferryi_fail_win32(error, (uint32_t)code, "cannot write %.400s", path);
}

bool ferryi_file_is_taken(int32_t code) {
    return is_name_taken((DWORD)code);
}
