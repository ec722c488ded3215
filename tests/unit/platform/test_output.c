/* Files that are whole or not there at all, whatever the system refuses, and when they are killed.
 */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "process_support.h"

#include "image_files.h"

#include "platform/file.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* ---- a system that refuses ---- */

/* What a child says when it cannot be made to refuse. */
enum { CANNOT = 77 };

/* From now on this call fails with the code, if one of the flags is in its argument (or: always,
 * without flags). */
static void refuse(uint32_t call, uint32_t argument, uint32_t flags, uint32_t code) {
    uint32_t low = (uint32_t)(offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    low += sizeof(uint32_t);
#endif
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flags, 0, flags != 0 ? 1 : 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof steps / sizeof steps[0], steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(CANNOT);
}

static void refuse_nameless_files(void) {
    refuse(SYS_openat, 2, O_TMPFILE & ~O_DIRECTORY, EOPNOTSUPP);
}

/* Mounts something of the child's own, with so many bytes of room, in the place of a folder. */
static void mount_over(const char *place, const char *options) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", place, "tmpfs", 0, options) != 0)
        _exit(CANNOT);
}

/* Runs a case in a child, since what is refused stays so. */
static void run(child_body *body) {
    int status = reap(start_child(body, NULL));
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT) {
        print_message("skipped: the system does not let itself be made to refuse\n");
        skip();
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(files_in_folder(0), 0);
}

/* ---- what is written ---- */

static uint8_t pixels[200 * 150 * 3];
static const ferry_frame_info info = {.width = 200, .height = 150, .format = FERRY_FORMAT_RGB24};

static int make_pixels(void **state) {
    uint32_t random_state = 1;
    for (size_t i = 0; i < sizeof pixels; i++) {
        random_state = random_state * 1664525u + 1013904223u;
        pixels[i] = (uint8_t)(random_state >> 24);
    }
    return make_folder(state);
}

static bool has_content(const char *path, const void *content, size_t length) {
    static char found[sizeof pixels + 1];
    FILE *file = fopen(path, "rb");
    bool same = file != NULL && fread(found, 1, sizeof found, file) == length &&
                memcmp(found, content, length) == 0;
    if (file != NULL)
        fclose(file);
    return same;
}

/* Saves over an old file, to a new one and over a link to nowhere; all are whole, and nothing else
 * is there. */
static void saves_whole(void) {
    static const char *const names[] = {"old.raw", "new.raw", "link.raw"};
    write_file(names[0], "before", 6);
    CHILD_CHECK(symlink("nowhere", path_of(names[2])) == 0);
    for (size_t i = 0; i < 3; i++) {
        struct stat about;
        CHILD_CHECK(ferry_image_save(path_of(names[i]), &info, pixels, NULL, NULL) == FERRY_OK);
        CHILD_CHECK(lstat(path_of(names[i]), &about) == 0 && S_ISREG(about.st_mode));
        CHILD_CHECK(has_content(path_of(names[i]), pixels, sizeof pixels));
    }
    CHILD_CHECK(files_in_folder(1) == 3);
}

/* Saving fails for this reason: an old file stays, a new one does not appear. */
static void fails_without_a_trace(ferry_status status, int32_t os_code) {
    static const char *const names[] = {"old.raw", "new.raw", "new.png", "new.jpg"};
    write_file("old.raw", "before", 6);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ferry_error error = {.status = FERRY_OK};
        const char *path = path_of(names[i]);
        CHILD_CHECK(ferry_image_save(path, &info, pixels, NULL, &error) == status);
        CHILD_CHECK(error.status == status && error.os_code == os_code);
        CHILD_CHECK(strstr(error.message, path) != NULL);
        CHILD_CHECK(files_in_folder(0) == 1);
    }
    CHILD_CHECK(has_content(path_of("old.raw"), "before", 6));
    CHILD_CHECK(files_in_folder(1) == 1);
}

/* ---- whole or not at all ---- */

/* A file that may not grow stands for a full disk: some bytes can be written, then no more. */
static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Even when what fails is over by the time of the commit: bytes are missing. */
static void a_write_that_failed_cannot_be_committed(void **state) {
    (void)state;
    static const char bytes[20000];
    ferryi_file_output output;
    ferry_error error;
    assert_int_equal(ferryi_file_output_open(&output, path_of("a.bin"), &error), FERRY_OK);
    setvbuf(output.stream, NULL, _IONBF, 0);
    limit_files(8192);
    assert_int_not_equal(fwrite(bytes, 1, sizeof bytes, output.stream), sizeof bytes);
    limit_files(RLIM_INFINITY);
    assert_int_equal(ferryi_file_output_commit(&output, &error), FERRY_SYSTEM_ERROR);
    assert_int_equal(files_in_folder(0), 0);
}

/* Part of a long name is in the temporary one: whole characters, also where it is cut. */
static void temporary_names_are_utf8(void) {
    char name[100] = "x";
    for (size_t i = 1; i < 81; i += 2)
        memcpy(name + i, "\303\244", 3);
    for (size_t start = 0; start < 2; start++) {
        ferryi_file_output output;
        CHILD_CHECK(ferryi_file_output_open(&output, path_of(name + start), NULL) == FERRY_OK);
        CHILD_CHECK(strstr(output.temporary, "\303\244.") != NULL);
        ferryi_file_output_abort(&output);
    }
}

static void output_appears_with_the_commit(void **state) {
    (void)state;
    ferryi_file_output output;
    const char *path = path_of("out.bin");
    assert_int_equal(ferryi_file_output_open(&output, path, NULL), FERRY_OK);
    assert_int_equal(fwrite("whole", 1, 5, output.stream), 5);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(files_in_folder(0), output.temporary[0] != '\0');
    ferryi_file_output_abort(&output);
    assert_int_equal(files_in_folder(0), 0);
    ferryi_file_output_abort(&output); /* harmless once more */
    assert_int_equal(ferryi_file_output_open(&output, path, NULL), FERRY_OK);
    assert_int_equal(fwrite("whole", 1, 5, output.stream), 5);
    assert_int_equal(ferryi_file_output_commit(&output, NULL), FERRY_OK);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(files_in_folder(1), 1);
    /* Two on their way to one name do not meet before the end. */
    ferryi_file_output second;
    assert_int_equal(ferryi_file_output_open(&output, path, NULL), FERRY_OK);
    assert_int_equal(ferryi_file_output_open(&second, path, NULL), FERRY_OK);
    assert_int_equal(ferryi_file_output_commit(&output, NULL), FERRY_OK);
    assert_int_equal(ferryi_file_output_commit(&second, NULL), FERRY_OK);
    assert_int_equal(files_in_folder(1), 1);
}

/* What is there under the name is left alone, also when it came after the beginning. */
static void new_as_usual(const void *argument) {
    (void)argument;
    ferryi_file_output output;
    ferry_error error = {.status = FERRY_OK};
    char text[8] = "";
    const char *path = path_of("new.bin");
    for (int round = 0; round < 2; round++) {
        CHILD_CHECK(ferryi_file_output_open(&output, path, NULL) == FERRY_OK);
        output.must_be_new = true;
        CHILD_CHECK(fwrite(round == 0 ? "first" : "other", 1, 5, output.stream) == 5);
        ferry_status status = ferryi_file_output_commit(&output, &error);
        CHILD_CHECK(status == (round == 0 ? FERRY_OK : FERRY_SYSTEM_ERROR));
    }
    CHILD_CHECK(error.os_code == EEXIST && strstr(error.message, path) != NULL);
    FILE *file = fopen(path, "r");
    CHILD_CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) == 5);
    fclose(file);
    CHILD_CHECK(strcmp(text, "first") == 0);
    CHILD_CHECK(unlink(path) == 0);
}

static void new_with_names(const void *argument) {
    refuse_nameless_files();
    new_as_usual(argument);
}

static void new_without_the_call(const void *argument) {
    refuse_nameless_files();
    refuse(SYS_renameat2, 0, 0, EINVAL);
    new_as_usual(argument);
}

static void new_files_replace_nothing(void **state) {
    (void)state;
    run(new_as_usual);
    run(new_with_names);
    run(new_without_the_call);
}

static bool nameless_files_are_there(void) {
    int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0)
        close(descriptor);
    return descriptor >= 0;
}

static ferry_status stop_here(void *unused) {
    (void)unused;
    child_say('w');
    child_rest();
    return FERRY_OK;
}

static void save_halfway(const void *path) {
    ferry_image_save_options options = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    options.confirm = stop_here;
    ferry_image_save(path, &info, pixels, &options, NULL);
}

/* Everything is written, only the name is missing. */
static void a_kill_in_the_midst_leaves_nothing(void **state) {
    (void)state;
    if (!nameless_files_are_there()) {
        print_message("skipped: this file system has no files without a name\n");
        skip();
    }
    static const char *const names[] = {"a.png", "a.jpg", "a.raw"};
    for (size_t i = 0; i < 3; i++) {
        child *c = start_child(save_halfway, path_of(names[i]));
        assert_int_equal(hear(c), 'w');
        kill_child(c);
        assert_int_equal(files_in_folder(0), 0);
    }
}

/* ---- refusals ---- */

static void save_without_nameless_files(const void *unused) {
    (void)unused;
    refuse_nameless_files();
    saves_whole();
    temporary_names_are_utf8();
    ferryi_file_output output;
    CHILD_CHECK(ferryi_file_output_open(&output, path_of("a.raw"), NULL) == FERRY_OK);
    CHILD_CHECK(files_in_folder(0) == 1); /* otherwise nothing was refused */
    ferryi_file_output_abort(&output);
    CHILD_CHECK(files_in_folder(0) == 0);
}

static void without_nameless_files(void **state) {
    (void)state;
    run(save_without_nameless_files);
}

static void save_without_links(const void *unused) {
    (void)unused;
    refuse(SYS_linkat, 0, 0, EACCES);
    CHILD_CHECK(linkat(AT_FDCWD, "a", AT_FDCWD, "b", 0) != 0 && errno == EACCES);
    saves_whole();
}

static void without_links(void **state) {
    (void)state;
    run(save_without_links);
}

static void save_without_reading(const void *unused) {
    (void)unused;
    if (!nameless_files_are_there())
        _exit(CANNOT);
    refuse(SYS_pread64, 0, 0, EIO);
    saves_whole();
}

/* A copy would have to be read. */
static void nameless_files_are_not_copied(void **state) {
    (void)state;
    run(save_without_reading);
}

static void save_without_proc(const void *unused) {
    (void)unused;
    mount_over("/proc", "size=4k");
    saves_whole();
}

static void without_proc(void **state) {
    (void)state;
    run(save_without_proc);
}

static void save_without_a_sound_disk(const void *unused) {
    (void)unused;
    refuse(SYS_fsync, 0, 0, EIO);
    fails_without_a_trace(FERRY_SYSTEM_ERROR, EIO);
    refuse_nameless_files();
    fails_without_a_trace(FERRY_SYSTEM_ERROR, EIO);
}

static void a_disk_that_fails(void **state) {
    (void)state;
    run(save_without_a_sound_disk);
}

static void save_to_what_cannot_be_flushed(const void *unused) {
    (void)unused;
    refuse(SYS_fsync, 0, 0, EINVAL);
    saves_whole();
}

static void a_file_system_without_a_disk(void **state) {
    (void)state;
    run(save_to_what_cannot_be_flushed);
}

/* So little that nothing of it is written before the end. */
static void small_file_fails_without_a_trace(void) {
    const ferry_frame_info small = {.width = 8, .height = 8, .format = FERRY_FORMAT_GRAY};
    FILE *ballast = fopen(path_of("ballast"), "wb");
    CHILD_CHECK(ballast != NULL);
    while (fwrite(pixels, 1, 1024, ballast) == 1024)
        continue;
    fclose(ballast);
    CHILD_CHECK(ferry_image_save(path_of("a.raw"), &small, pixels, NULL, NULL) == FERRY_NO_SPACE);
    CHILD_CHECK(files_in_folder(1) == 1);
}

static void save_to_a_full_disk(const void *unused) {
    (void)unused;
    mount_over(folder, "size=20k"); /* less than a JPEG of noise takes */
    for (int turn = 0; turn < 2; turn++) {
        fails_without_a_trace(FERRY_NO_SPACE, ENOSPC);
        small_file_fails_without_a_trace();
        if (turn == 0)
            refuse_nameless_files();
    }
}

static void a_full_disk(void **state) {
    (void)state;
    run(save_to_a_full_disk);
}

static void save_to_a_folder_of_another(const void *unused) {
    (void)unused;
    CHILD_CHECK(chmod(folder, 0755) == 0);
    if (geteuid() == 0 ? seteuid(65534) != 0 : chmod(folder, 0500) != 0)
        _exit(CANNOT);
    ferry_error error;
    CHILD_CHECK(ferry_image_save(path_of("a.png"), &info, pixels, NULL, &error) ==
                FERRY_NOT_ALLOWED);
    CHILD_CHECK(strstr(error.message, path_of("a.png")) != NULL && error.os_code == EACCES);
    CHILD_CHECK(files_in_folder(0) == 0);
}

static void a_folder_that_may_not_be_written(void **state) {
    (void)state;
    run(save_to_a_folder_of_another);
    chmod(folder, 0700);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_files_replace_nothing),
        cmocka_unit_test(output_appears_with_the_commit),
        cmocka_unit_test(a_write_that_failed_cannot_be_committed),
        cmocka_unit_test(a_kill_in_the_midst_leaves_nothing),
        cmocka_unit_test(without_nameless_files),
        cmocka_unit_test(without_links),
        cmocka_unit_test(nameless_files_are_not_copied),
        cmocka_unit_test(without_proc),
        cmocka_unit_test(a_disk_that_fails),
        cmocka_unit_test(a_file_system_without_a_disk),
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(a_folder_that_may_not_be_written),
    };
    return cmocka_run_group_tests(tests, make_pixels, remove_folder);
}
