/* Whose files are used, and the system's directory of users and groups, which is made up here: the
 * file with the rule is compiled into this program once more. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uid_t fake_geteuid(void);
static gid_t fake_getegid(void);
static int fake_getgroups(int count, gid_t *groups);
static int fake_getpwuid_r(uid_t id, struct passwd *entry, char *buffer, size_t bytes,
                           struct passwd **found);
static int fake_getgrgid_r(gid_t id, struct group *entry, char *buffer, size_t bytes,
                           struct group **found);
static int fake_getgrnam_r(const char *name, struct group *entry, char *buffer, size_t bytes,
                           struct group **found);
static int fake_fchown(int descriptor, uid_t owner, gid_t group);
static int fake_fchmod(int descriptor, mode_t mode);
static int fake_fstat(int descriptor, struct stat *about);

#define geteuid fake_geteuid
#define getegid fake_getegid
#define getgroups fake_getgroups
#define getpwuid_r fake_getpwuid_r
#define getgrgid_r fake_getgrgid_r
#define getgrnam_r fake_getgrnam_r
#define fchown fake_fchown
#define fchmod fake_fchmod
#define fstat fake_fstat
#include "platform/linux/sharing_rules.c"
#undef fstat

enum { ME = 1001, OTHER = 1002, OWN = 2001, FIRST = 2002, SECOND = 2003, STRANGE = 2004 };

/* ---- the system ---- */

static uid_t current_user = ME;
static size_t entry_bytes;  /* the room that an answer of the directory needs */
static int directory_fails; /* 0, or errno */
static struct stat file;
static int chown_fails;
static mode_t mode_mask = 07777; /* what of a mode the system keeps */
static bool keeps_group = true;

static int set_up(void **state) {
    (void)state;
    current_user = ME;
    entry_bytes = 0;
    directory_fails = chown_fails = 0;
    file = (struct stat){.st_uid = ME, .st_gid = OWN, .st_mode = S_IFREG | 0600};
    mode_mask = 07777;
    keeps_group = true;
    return 0;
}

static uid_t fake_geteuid(void) {
    return current_user;
}

static gid_t fake_getegid(void) {
    return OWN;
}

static int fake_getgroups(int count, gid_t *groups) {
    if (count >= 2) {
        groups[0] = FIRST;
        groups[1] = SECOND;
    }
    return 2;
}

static int answer(size_t bytes) {
    return directory_fails != 0 ? directory_fails : bytes < entry_bytes ? ERANGE : 0;
}

static int fake_getpwuid_r(uid_t id, struct passwd *entry, char *buffer, size_t bytes,
                           struct passwd **found) {
    int code = answer(bytes);
    if (code == 0 && id == OTHER) {
        strcpy(buffer, "olga");
        entry->pw_name = buffer;
        *found = entry;
    }
    return code;
}

static int fake_getgrgid_r(gid_t id, struct group *entry, char *buffer, size_t bytes,
                           struct group **found) {
    int code = answer(bytes);
    if (code == 0 && id == FIRST) {
        strcpy(buffer, "cams");
        entry->gr_name = buffer;
        *found = entry;
    }
    return code;
}

static int fake_getgrnam_r(const char *name, struct group *entry, char *buffer, size_t bytes,
                           struct group **found) {
    static const struct {
        const char *name;
        gid_t number;
    } known[] = {{"cams", FIRST}, {"strange", STRANGE}, {"2004", SECOND}};
    int code = answer(bytes);
    for (size_t i = 0; i < sizeof known / sizeof known[0] && code == 0; i++) {
        if (strcmp(name, known[i].name) != 0)
            continue;
        memset(buffer, 0, bytes);
        entry->gr_gid = known[i].number;
        *found = entry;
    }
    return code;
}

static int fake_fchown(int descriptor, uid_t owner, gid_t group) {
    assert_int_equal(descriptor, 7);
    assert_int_equal(owner, (uid_t)-1);
    if (keeps_group)
        file.st_gid = group;
    errno = chown_fails;
    return chown_fails == 0 ? 0 : -1;
}

static int fake_fchmod(int descriptor, mode_t mode) {
    assert_int_equal(descriptor, 7);
    file.st_mode = S_IFREG | (mode & mode_mask);
    return 0;
}

static int fake_fstat(int descriptor, struct stat *about) {
    assert_int_equal(descriptor, 7);
    *about = file;
    return 0;
}

/* ---- whose files are used ---- */

typedef struct rule {
    uint32_t with;
    gid_t named; /* 0: none */
    uid_t owner;
    gid_t group;
    mode_t mode;
    const char *refused; /* words of the sentence; NULL: it is used */
} rule;

static const rule rules[] = {
    {FERRY_SHARING_NONE, 0, ME, OWN, 0600, NULL},
    {FERRY_SHARING_NONE, 0, ME, STRANGE, 0666, NULL},
    {FERRY_SHARING_GROUP, 0, ME, STRANGE, 0666, NULL},
    {FERRY_SHARING_GROUP, SECOND, ME, FIRST, 0640, NULL},
    {FERRY_SHARING_NONE, 0, OTHER, FIRST, 0640, "turn group sharing on here (--group)"},
    {FERRY_SHARING_NONE, 0, OTHER, STRANGE, 0640, "have it shared with a group that both are in"},
    {FERRY_SHARING_NONE, 0, OTHER, FIRST, 0600, "(ferry-producer --group=NAME)"},
    {FERRY_SHARING_NONE, 0, OTHER, FIRST, 0644, "(--everyone)"},
    {FERRY_SHARING_NONE, 0, OTHER, STRANGE, 0666, "(--everyone)"},
    {FERRY_SHARING_GROUP, 0, OTHER, OWN, 0660, NULL},
    {FERRY_SHARING_GROUP, 0, OTHER, FIRST, 0640, NULL},
    {FERRY_SHARING_GROUP, 0, OTHER, SECOND, 0660, NULL},
    {FERRY_SHARING_GROUP, 0, OTHER, STRANGE, 0660, "has a group that this process is not in"},
    {FERRY_SHARING_GROUP, 0, OTHER, FIRST, 0661, "open to others than its group"},
    {FERRY_SHARING_GROUP, 0, OTHER, FIRST, 0662, "open to others than its group"},
    {FERRY_SHARING_GROUP, 0, OTHER, FIRST, 0664, "open to others than its group"},
    {FERRY_SHARING_GROUP, 0, OTHER, STRANGE, 0666, "open to others than its group"},
    {FERRY_SHARING_GROUP, 0, 0, STRANGE, 0660, "has a group that this process is not in"},
    {FERRY_SHARING_GROUP, FIRST, OTHER, FIRST, 0660, NULL},
    {FERRY_SHARING_GROUP, FIRST, OTHER, FIRST, 0666, "open to others than its group"},
    {FERRY_SHARING_GROUP, FIRST, OTHER, SECOND, 0660, "name the same group on both sides"},
    {FERRY_SHARING_GROUP, FIRST, OTHER, OWN, 0660, "name the same group on both sides"},
    {FERRY_SHARING_EVERYONE, 0, OTHER, STRANGE, 0666, NULL},
    {FERRY_SHARING_EVERYONE, 0, OTHER, STRANGE, 0600, NULL},
};

static void test_the_rule(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const rule *r = &rules[i];
        ferryi_sharing sharing = {.with = r->with, .has_group = r->named != 0, .group = r->named};
        struct stat about = {.st_uid = r->owner, .st_gid = r->group, .st_mode = S_IFREG | r->mode};
        ferry_error error = {0};
        ferry_status wanted = r->refused == NULL ? FERRY_OK : FERRY_NOT_ALLOWED;
        assert_int_equal(ferryi_sharing_check(&sharing, &about, "/dev/shm/x", NULL), wanted);
        assert_int_equal(ferryi_sharing_check(&sharing, &about, "/dev/shm/x", &error), wanted);
        if (r->refused == NULL)
            continue;
        assert_non_null(strstr(error.message, "/dev/shm/x belongs to another user, "));
        assert_non_null(strstr(error.message, r->refused));
        assert_non_null(strstr(error.message, r->owner == OTHER ? "olga (id 1002)" : "id 0"));
    }
}

static void test_root_has_the_same_rule(void **state) {
    (void)state;
    current_user = 0;
    struct stat about = {.st_uid = OTHER, .st_gid = STRANGE, .st_mode = S_IFREG | 0660};
    ferryi_sharing sharing = {.with = FERRY_SHARING_GROUP};
    assert_int_equal(ferryi_sharing_check(FERRYI_NOT_SHARED, &about, "x", NULL), FERRY_NOT_ALLOWED);
    assert_int_equal(ferryi_sharing_check(&sharing, &about, "x", NULL), FERRY_NOT_ALLOWED);
    /* But it may name any group. */
    assert_int_equal(ferryi_sharing_make(&sharing, FERRY_SHARING_GROUP, "strange", NULL), FERRY_OK);
    assert_int_equal(ferryi_sharing_check(&sharing, &about, "x", NULL), FERRY_OK);
}

/* ---- groups ---- */

static void test_groups_by_name_and_number(void **state) {
    (void)state;
    ferryi_sharing sharing;
    static const struct {
        const char *name;
        gid_t number;
    } fine[] = {{"cams", FIRST}, {"2002", FIRST}, {"2001", OWN}, {"2004", SECOND}};
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        assert_int_equal(ferryi_sharing_make(&sharing, FERRY_SHARING_GROUP, fine[i].name, NULL),
                         FERRY_OK);
        assert_true(sharing.has_group);
        assert_int_equal(sharing.group, fine[i].number);
    }
    static const struct {
        const char *name;
        ferry_status status;
    } bad[] = {{"strange", FERRY_NOT_ALLOWED},           {"2005", FERRY_NOT_ALLOWED},
               {"nobody-knows", FERRY_INVALID_ARGUMENT}, {"", FERRY_INVALID_ARGUMENT},
               {"-1", FERRY_INVALID_ARGUMENT},           {"2002 ", FERRY_INVALID_ARGUMENT},
               {"0x7d2", FERRY_INVALID_ARGUMENT},        {"4294967295", FERRY_INVALID_ARGUMENT},
               {"4294969298", FERRY_INVALID_ARGUMENT}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ferry_error error = {0};
        assert_int_equal(ferryi_sharing_make(&sharing, FERRY_SHARING_GROUP, bad[i].name, &error),
                         bad[i].status);
        assert_non_null(strstr(error.message, bad[i].name));
        assert_false(sharing.has_group);
    }
}

static void test_a_group_goes_with_group_sharing(void **state) {
    (void)state;
    ferryi_sharing sharing;
    for (uint32_t with = FERRY_SHARING_NONE; with <= FERRY_SHARING_EVERYONE; with++) {
        assert_int_equal(ferryi_sharing_make(&sharing, with, NULL, NULL), FERRY_OK);
        assert_int_equal(sharing.with, with);
        assert_false(sharing.has_group);
        assert_int_equal(ferryi_sharing_make(&sharing, with, "cams", NULL),
                         with == FERRY_SHARING_GROUP ? FERRY_OK : FERRY_INVALID_ARGUMENT);
    }
}

/* A group can have more members than fit a small buffer. */
static void test_entries_of_any_size(void **state) {
    (void)state;
    char text[FERRYI_OWNER_BYTES];
    ferryi_sharing sharing;
    for (entry_bytes = 1; entry_bytes <= 1 << 20; entry_bytes *= 2) {
        assert_int_equal(ferryi_sharing_make(&sharing, FERRY_SHARING_GROUP, "cams", NULL),
                         FERRY_OK);
        assert_int_equal(sharing.group, FIRST);
        ferryi_sharing_name_owner(text, OTHER);
        assert_string_equal(text, "olga (id 1002)");
    }
    entry_bytes = SIZE_MAX; /* and one that never fits */
    assert_int_equal(ferryi_sharing_make(&sharing, FERRY_SHARING_GROUP, "cams", NULL),
                     FERRY_INVALID_ARGUMENT);
    ferryi_sharing_name_owner(text, OTHER);
    assert_string_equal(text, "id 1002");
}

static void test_a_directory_that_fails(void **state) {
    (void)state;
    char text[FERRYI_OWNER_BYTES];
    ferryi_sharing sharing;
    directory_fails = EIO;
    ferryi_sharing_name_owner(text, OTHER);
    assert_string_equal(text, "id 1002");
    assert_int_equal(ferryi_sharing_make(&sharing, FERRY_SHARING_GROUP, "2002", NULL), FERRY_OK);
    assert_int_equal(sharing.group, FIRST);
    assert_int_equal(ferryi_sharing_make(&sharing, FERRY_SHARING_GROUP, "cams", NULL),
                     FERRY_INVALID_ARGUMENT);
}

/* ---- what is made ---- */

static void test_what_is_made(void **state) {
    (void)state;
    static const struct {
        uint32_t with;
        gid_t named, group;
        mode_t mode[2];
    } made[] = {{FERRY_SHARING_NONE, 0, STRANGE, {0600, 0600}},
                {FERRY_SHARING_GROUP, 0, OWN, {0640, 0660}},
                {FERRY_SHARING_GROUP, SECOND, SECOND, {0640, 0660}},
                {FERRY_SHARING_EVERYONE, 0, STRANGE, {0644, 0666}}};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        for (unsigned write = 0; write < 2; write++) {
            ferryi_sharing sharing = {
                .with = made[i].with, .has_group = made[i].named != 0, .group = made[i].named};
            file.st_gid = STRANGE; /* as a folder with the setgid bit would have it */
            assert_int_equal(ferryi_sharing_apply(&sharing, 7, write, NULL), FERRY_OK);
            assert_int_equal(file.st_gid, made[i].group);
            assert_int_equal(file.st_mode & 07777, made[i].mode[write]);
        }
    }
}

/* What the system does not keep is no sharing. */
static void test_what_does_not_survive(void **state) {
    (void)state;
    ferry_error error = {0};
    ferryi_sharing sharing = {.with = FERRY_SHARING_GROUP, .has_group = true, .group = FIRST};
    mode_mask = 0600;
    assert_int_equal(ferryi_sharing_apply(&sharing, 7, 1, &error), FERRY_SYSTEM_ERROR);
    assert_non_null(strstr(error.message, "mode 0600 instead of 0660"));
    mode_mask = 07777;
    keeps_group = false;
    file.st_gid = STRANGE;
    assert_int_equal(ferryi_sharing_apply(&sharing, 7, 1, NULL), FERRY_SYSTEM_ERROR);
    keeps_group = true;
    chown_fails = EPERM;
    assert_int_equal(ferryi_sharing_apply(&sharing, 7, 1, &error), FERRY_NOT_ALLOWED);
    assert_non_null(strstr(error.message, "not in group cams (id 2002)"));
    assert_int_equal(errno, EPERM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_rule, set_up),
        cmocka_unit_test_setup(test_root_has_the_same_rule, set_up),
        cmocka_unit_test_setup(test_groups_by_name_and_number, set_up),
        cmocka_unit_test_setup(test_a_group_goes_with_group_sharing, set_up),
        cmocka_unit_test_setup(test_entries_of_any_size, set_up),
        cmocka_unit_test_setup(test_a_directory_that_fails, set_up),
        cmocka_unit_test_setup(test_what_is_made, set_up),
        cmocka_unit_test_setup(test_what_does_not_survive, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
