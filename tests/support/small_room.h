/* A /dev/shm of a few MB, private to a child in a mount namespace of its own. Include after
 * process_support.h. */
#ifndef FERRY_TEST_SMALL_ROOM_H
#define FERRY_TEST_SMALL_ROOM_H

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

/* What a child says when it may not mount anything. */
enum { CANNOT = 77 };

static inline void make_room(const char *size) {
    char options[32];
    snprintf(options, sizeof options, "size=%s", size);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", SHM_FOLDER, "tmpfs", 0, options) != 0)
        _exit(CANNOT);
}

static inline uint64_t room_left(void) {
    struct statvfs about;
    CHILD_CHECK(statvfs(SHM_FOLDER, &about) == 0);
    return (uint64_t)about.f_bavail * about.f_frsize;
}

/* Takes all memory but so many bytes. */
static inline void fill_room(uint64_t but) {
    int descriptor = open(SHM_FOLDER "/ballast", O_CREAT | O_WRONLY, 0600);
    CHILD_CHECK(descriptor >= 0);
    CHILD_CHECK(posix_fallocate(descriptor, 0, (off_t)(room_left() - but)) == 0);
    close(descriptor);
}

static inline void empty_room(void) {
    CHILD_CHECK(unlink(SHM_FOLDER "/ballast") == 0);
}

/* Runs a case in a child; an assertion that fails there, or a signal, fails the test. */
static inline void run(child_body *body) {
    child *c = start_child(body, NULL);
    int status = reap(c);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT) {
        print_message("skipped: a mount namespace with a tmpfs of its own needs more rights\n");
        skip();
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_nothing_left();
}

#endif
