/* A system without open file description locks: it is said, and nobody is taken for alive. Every
 * case runs in a child, since what is refused stays so. */
#define _GNU_SOURCE /* pipe2, F_OFD_SETLK */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "plain_peer.h"
#include "process_support.h"

/* What a child says when it cannot be made to refuse. */
enum { CANNOT = 77 };

/* From now on fcntl fails with the code for the commands from first to last. */
static void refuse(uint32_t first, uint32_t last, uint32_t code) {
    uint32_t command = (uint32_t)(offsetof(struct seccomp_data, args) + sizeof(uint64_t));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    command += sizeof(uint32_t);
#endif
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, command),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof steps / sizeof steps[0], steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(CANNOT);
}

typedef struct refusal {
    uint32_t first, last, code;
    ferry_status expected;
} refusal;

static const refusal refusals[] = {
    {F_OFD_GETLK, F_OFD_SETLKW, EINVAL, FERRY_NOT_SUPPORTED},
    {F_OFD_GETLK, F_OFD_SETLKW, EOPNOTSUPP, FERRY_NOT_SUPPORTED},
    {F_OFD_SETLK, F_OFD_SETLK, EINVAL, FERRY_NOT_SUPPORTED},
    {F_OFD_SETLK, F_OFD_SETLK, ENOLCK, FERRY_SYSTEM_ERROR},
    {F_OFD_SETLK, F_OFD_SETLK, EACCES, FERRY_NOT_ALLOWED},
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

typedef struct scene {
    refusal refusal;
    char made[NAME_BYTES], bare[NAME_BYTES], fresh[NAME_BYTES];
} scene;

static void check_refused(const scene *s, ferry_status status, const ferry_error *error) {
    CHILD_CHECK(status == s->refusal.expected && error->status == status);
    CHILD_CHECK(error->os_code == (int32_t)s->refusal.code);
    CHILD_CHECK(strstr(error->message, "lock") != NULL && strlen(error->message) > 30);
}

static void use_without_locks(const void *argument) {
    const scene *s = argument;
    refuse(s->refusal.first, s->refusal.last, s->refusal.code);
    for (uint32_t dialect = 0; dialect <= FERRY_DIALECT_BASEIMAGE; dialect++) {
        ferry_error error = {0};
        check_refused(s, try_producer(s->fresh, dialect, &error), &error);
    }
    ferry_error error = {0};
    check_refused(s, try_producer(s->bare, FERRY_DIALECT_BASEIMAGE, &error), &error);
    check_refused(s, try_consumer(s->made, &error), &error);
    /* One who knows only the old layout takes no lease, but it is looked at. */
    ferry_status status = try_consumer(s->bare, &error);
    if (s->refusal.first == F_OFD_GETLK)
        check_refused(s, status, &error);
    else
        CHILD_CHECK(status == FERRY_OK);
}

static void test_it_is_said(void **state) {
    (void)state;
    scene s;
    plain_peer peer;
    own_name(s.made, "made");
    own_name(s.bare, "bare");
    own_name(s.fresh, "fresh");
    ferry_producer *producer = make_producer(s.made, 4, FERRY_WHEN_FULL_WAIT, NULL);
    assert_non_null(producer);
    assert_true(peer_open(&peer, s.bare, true));
    for (int i = 0; i < REFUSALS; i++) {
        s.refusal = refusals[i];
        int status = reap(start_child_with(use_without_locks, &s, sizeof s));
        if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT) {
            print_message("skipped: the system does not let itself be made to refuse\n");
            skip();
        }
        assert_true(has_succeeded(status));
        assert_int_equal(count_shared(s.fresh, true, false), 0);
    }
    peer_close(&peer);
    peer_remove(s.bare);
    ferry_producer_close(&producer);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_it_is_said, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
