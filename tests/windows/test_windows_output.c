/* Output that is whole or not there, and paths, through the wide Win32 functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/host.h"

#include "platform/file.h"
#include "role.h"

static char folder[MAX_PATH];

static int make_folder(void **state) {
    (void)state;
    char parent[MAX_PATH];
    GetTempPathA(sizeof parent - 40, parent);
    snprintf(folder, sizeof folder, "%sferry-output-%lu", parent,
             (unsigned long)GetCurrentProcessId());
    return CreateDirectoryA(folder, NULL) ? 0 : -1;
}

/* The path of a file in the folder; valid until the next call. */
static const char *path_of(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s\\%s", folder, name);
    return path;
}

static size_t count_files(void) {
    size_t count = 0;
    WIN32_FIND_DATAA entry;
    /* Also those that host_list_directory leaves out. */
    HANDLE search = FindFirstFileA(path_of("*"), &entry);
    do
        count += (entry.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
    while (FindNextFileA(search, &entry));
    FindClose(search);
    return count;
}

static int empty_folder(void **state) {
    (void)state;
    char **names = NULL;
    size_t count = 0;
    if (host_list_directory(folder, &names, &count, NULL) != FERRY_OK)
        return -1;
    for (size_t i = 0; i < count; i++) {
        wchar_t wide[1024];
        MultiByteToWideChar(CP_UTF8, 0, path_of(names[i]), -1, wide, 1024);
        DeleteFileW(wide);
    }
    host_free_names(names, count);
    return 0;
}

static int remove_folder(void **state) {
    return empty_folder(state) == 0 && RemoveDirectoryA(folder) ? 0 : -1;
}

static void write_whole(const char *path, const char *text) {
    ferryi_file_output out;
    ferry_error error = {.message = ""};
    if (ferryi_file_output_open(&out, path, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    fputs(text, out.stream);
    if (ferryi_file_output_commit(&out, &error) != FERRY_OK)
        fail_msg("%s", error.message);
}

static void assert_holds(const char *path, const char *text) {
    char bytes[64] = "";
    FILE *stream = NULL;
    ferry_error error = {.message = ""};
    if (ferryi_file_open(&stream, path, &error) != FERRY_OK)
        fail_msg("%s", error.message);
    size_t count = fread(bytes, 1, sizeof bytes - 1, stream);
    fclose(stream);
    assert_int_equal(count, strlen(text));
    assert_string_equal(bytes, text);
}

static void test_a_file_is_there_once_it_is_whole(void **state) {
    (void)state;
    ferryi_file_output out;
    assert_int_equal(ferryi_file_output_open(&out, path_of("a.bin"), NULL), FERRY_OK);
    fputs("a line\n", out.stream);
    assert_int_equal(ferryi_file_output_flush(&out, NULL), FERRY_OK);
    assert_int_equal(GetFileAttributesA(path_of("a.bin")), INVALID_FILE_ATTRIBUTES);
    assert_int_equal(ferryi_file_output_commit(&out, NULL), FERRY_OK);
    assert_holds(path_of("a.bin"), "a line\n"); /* and not "\r\n" */
    assert_int_equal(count_files(), 1);
    write_whole(path_of("a.bin"), "another");
    assert_holds(path_of("a.bin"), "another");
    assert_int_equal(count_files(), 1);
}

static void test_an_abort_leaves_nothing(void **state) {
    (void)state;
    ferryi_file_output out;
    assert_int_equal(ferryi_file_output_open(&out, path_of("a.bin"), NULL), FERRY_OK);
    fputs("half", out.stream);
    ferryi_file_output_abort(&out);
    assert_int_equal(count_files(), 0);
}

static int write_and_die(const char *path) {
    ferryi_file_output out;
    if (ferryi_file_output_open(&out, path, NULL) != FERRY_OK)
        return 98;
    fputs("half", out.stream);
    fflush(out.stream);
    TerminateProcess(GetCurrentProcess(), 77);
    return 97;
}

static void test_a_killed_process_leaves_nothing(void **state) {
    (void)state;
    char role[1100];
    snprintf(role, sizeof role, "write-and-die \"%s\"", path_of("a.bin"));
    assert_role_exits(role, NULL, 77);
    assert_int_equal(count_files(), 0);
}

static void assert_refused(const char *path, const char *reason) {
    ferryi_file_output out;
    ferry_error error = {.message = ""};
    assert_int_equal(ferryi_file_output_open(&out, path, &error), FERRY_SYSTEM_ERROR);
    if (strstr(error.message, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
    assert_int_equal(count_files(), 0);
}

static void test_what_names_no_file_is_refused(void **state) {
    (void)state;
    assert_refused("", "does not name a file");
    assert_refused(path_of(""), "does not name a file");
    assert_refused("some/", "does not name a file");
    assert_refused("C:", "does not name a file");
    assert_refused(folder, "is a directory");
    assert_refused("NUL", "a device");
    assert_refused("con", "a device");
    assert_refused(path_of("a:b.png"), "no colon");
    assert_refused(path_of("no-such-folder\\a.png"), "cannot write");
    assert_refused(path_of("\xff.png"), "cannot write"); /* no UTF-8 */
}

static void test_names_are_utf8(void **state) {
    (void)state;
    static const wchar_t wide_name[] = L"\x00e4\x6f22 \xd83d\xde00.bin";
    const char *path = path_of("\xc3\xa4\xe6\xbc\xa2 \xf0\x9f\x98\x80.bin");
    write_whole(path, "text");
    assert_holds(path, "text");
    wchar_t pattern[MAX_PATH];
    WIN32_FIND_DATAW entry;
    MultiByteToWideChar(CP_ACP, 0, path_of("*.bin"), -1, pattern, MAX_PATH);
    HANDLE search = FindFirstFileW(pattern, &entry);
    assert_ptr_not_equal(search, INVALID_HANDLE_VALUE);
    FindClose(search);
    assert_int_equal(wcscmp(entry.cFileName, wide_name), 0);
    char **names = NULL;
    size_t count = 0;
    assert_int_equal(host_list_directory(folder, &names, &count, NULL), FERRY_OK);
    assert_int_equal(count, 1);
    assert_string_equal(path_of(names[0]), path);
    host_free_names(names, count);
}

static void test_long_paths(void **state) {
    (void)state;
    char path[2048];
    size_t used = (size_t)snprintf(path, sizeof path, "%s", folder), shallow = used;
    for (int i = 0; i < 12; i++)
        used += (size_t)snprintf(path + used, sizeof path - used, "/a folder with a longish name");
    assert_int_equal(host_make_directories(path, NULL), FERRY_OK);
    assert_int_equal(host_make_directories(path, NULL), FERRY_OK);
    assert_true(host_is_directory(path));
    snprintf(path + used, sizeof path - used, "/a.bin");
    write_whole(path, "deep");
    assert_holds(path, "deep");
    assert_false(host_is_directory(path));
    assert_int_not_equal(host_make_directories(path, NULL), FERRY_OK);
    wchar_t wide[2100] = L"\\\\?\\";
    MultiByteToWideChar(CP_ACP, 0, path, -1, wide + 4, 2096);
    for (wchar_t *c = wide; *c != L'\0'; c++)
        if (*c == L'/')
            *c = L'\\';
    assert_true(DeleteFileW(wide));
    for (wchar_t *last; (last = wcsrchr(wide, L'\\')) != NULL && last > wide + 4 + shallow;) {
        *last = L'\0';
        assert_true(RemoveDirectoryW(wide));
    }
}

static HANDLE hold(const char *path) {
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_ptr_not_equal(file, INVALID_HANDLE_VALUE);
    return file;
}

/* A reader that keeps the old file for a while: the other side cannot wait for it, and tries. */
static DWORD WINAPI let_go_soon(void *file) {
    Sleep(50);
    CloseHandle(file);
    return 0;
}

static void test_a_file_that_is_being_read_is_replaced_a_moment_later(void **state) {
    (void)state;
    write_whole(path_of("a.bin"), "old");
    HANDLE thread = CreateThread(NULL, 0, let_go_soon, hold(path_of("a.bin")), 0, NULL);
    assert_non_null(thread);
    write_whole(path_of("a.bin"), "new");
    assert_int_equal(WaitForSingleObject(thread, STUCK_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
    assert_holds(path_of("a.bin"), "new");
}

static void test_a_file_that_stays_open_is_left_as_it_is(void **state) {
    (void)state;
    write_whole(path_of("a.bin"), "old");
    HANDLE file = hold(path_of("a.bin"));
    ferryi_file_output out;
    ferry_error error = {.message = ""};
    assert_int_equal(ferryi_file_output_open(&out, path_of("a.bin"), NULL), FERRY_OK);
    fputs("new", out.stream);
    assert_int_equal(ferryi_file_output_commit(&out, &error), FERRY_NOT_ALLOWED);
    assert_non_null(strstr(error.message, "a.bin"));
    CloseHandle(file);
    assert_holds(path_of("a.bin"), "old");
    assert_int_equal(count_files(), 1);
}

static void test_reading_tells_folders_from_files(void **state) {
    (void)state;
    FILE *stream = NULL;
    ferry_error error = {.message = ""};
    assert_int_equal(ferryi_file_open(&stream, folder, &error), FERRY_SYSTEM_ERROR);
    assert_non_null(strstr(error.message, "it is a directory"));
    assert_int_not_equal(ferryi_file_open(&stream, path_of("none.png"), &error), FERRY_OK);
    assert_int_equal(error.os_code, ERROR_FILE_NOT_FOUND);
    assert_int_equal(ferryi_file_open(&stream, "NUL", &error), FERRY_OK);
    assert_int_equal(fgetc(stream), EOF);
    fclose(stream);
}

int main(int count, char **arguments) {
    if (count == 3 && strcmp(arguments[1], "write-and-die") == 0)
        return write_and_die(arguments[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_file_is_there_once_it_is_whole, empty_folder),
        cmocka_unit_test_teardown(test_an_abort_leaves_nothing, empty_folder),
        cmocka_unit_test_teardown(test_a_killed_process_leaves_nothing, empty_folder),
        cmocka_unit_test_teardown(test_what_names_no_file_is_refused, empty_folder),
        cmocka_unit_test_teardown(test_names_are_utf8, empty_folder),
        cmocka_unit_test_teardown(test_long_paths, empty_folder),
        cmocka_unit_test_teardown(test_a_file_that_is_being_read_is_replaced_a_moment_later,
                                  empty_folder),
        cmocka_unit_test_teardown(test_a_file_that_stays_open_is_left_as_it_is, empty_folder),
        cmocka_unit_test_teardown(test_reading_tells_folders_from_files, empty_folder),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
