/* The files of the system that the doctor reads: mounts, groups of processes with a limit, and the
 * settings of logind. Each is text that somebody else has written. */
#define _GNU_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/linux/cgroup.h"
#include "host/linux/logind_conf.h"
#include "host/linux/mountinfo.h"
#include "host/linux/object_part.h"
#include "host/linux/small_file.h"

static char root[512];

static int make_root(void **state) {
    (void)state;
    const char *parent = getenv("TMPDIR");
    snprintf(root, sizeof root, "%s/ferry-files-XXXXXX", parent != NULL ? parent : "/tmp");
    return mkdtemp(root) == NULL;
}

static int remove_root(void **state) {
    (void)state;
    char command[sizeof root + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command) != 0;
}

/* Writes a file below root, and makes the folders above it. */
static const char *write_file(const char *name, const char *text) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *c = path + strlen(root) + 1; *c != '\0'; c++)
        if (*c == '/') {
            *c = '\0';
            assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
            *c = '/';
        }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* ---- small files ---- */

static void a_file_is_read_up_to_the_bound(void **state) {
    (void)state;
    char text[8];
    int code = -1;
    assert_true(host_small_file_read(write_file("long", "0123456789"), text, sizeof text, &code));
    assert_string_equal(text, "0123456");
    assert_int_equal(code, 0);
    assert_true(host_small_file_read(write_file("empty", ""), text, sizeof text, NULL));
    assert_string_equal(text, "");
    assert_false(host_small_file_read("/nowhere/at/all", text, sizeof text, &code));
    assert_int_equal(code, ENOENT);
    assert_string_equal(text, "");
}

static void what_is_no_plain_file_is_not_read(void **state) {
    (void)state;
    char path[600], text[8];
    snprintf(path, sizeof path, "%s/pipe", root);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(host_small_file_read(path, text, sizeof text, NULL));
    assert_false(host_small_file_read(root, text, sizeof text, NULL));
    assert_false(host_small_file_read("/dev/zero", text, sizeof text, NULL));
}

/* ---- mounts ---- */

static void a_line_of_mounts(void **state) {
    (void)state;
    host_mount m;
    assert_true(host_mountinfo_parse(
        &m, "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:2 - ext3 /dev/root rw,a=b\n"));
    assert_string_equal(m.device, "98:0");
    assert_string_equal(m.root, "/mnt1");
    assert_string_equal(m.place, "/mnt 2");
    assert_string_equal(m.options, "rw,noatime");
    assert_string_equal(m.kind, "ext3");
    assert_string_equal(m.source, "/dev/root");
    assert_string_equal(m.settings, "rw,a=b");
    assert_true(host_mountinfo_parse(&m, "25 24 0:23 / /dev/shm rw - tmpfs shm rw,size=65536k"));
    assert_string_equal(m.place, "/dev/shm");
    assert_string_equal(m.source, "shm");
}

static void what_is_no_line_of_mounts(void **state) {
    (void)state;
    static const char *const lines[] = {
        "",
        "\n",
        " - ",
        "36 35",
        "36 35 98:0 /a /b rw",
        "36 35 98:0 /a /b - ",
        "36 - 35 98:0 /a /b",
        "36 35 98:0000000000000000000000000000000 /a /b rw - ext4 x rw"};
    host_mount m;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_false(host_mountinfo_parse(&m, lines[i]));
    char line[4096] = "36 35 98:0 /";
    memset(line + strlen(line), 'x', 2000);
    strcat(line, " /b rw - ext4 x rw");
    assert_false(host_mountinfo_parse(&m, line)); /* a path that is too long is none */
}

static void the_last_mount_counts(void **state) {
    (void)state;
    host_mount m;
    char text[20000] = "1 0 0:1 / /dev/shm rw - tmpfs first rw\n"
                       "2 0 0:2 / /dev/shm rw - tmpfs second rw\n"
                       "3 0 0:3 / /x rw - overlay o rw,lowerdir=";
    memset(text + strlen(text), 'l', 15000); /* longer than a line that is kept whole */
    strcat(text, "\n4 0 0:4 / /dev rw - tmpfs other rw\n");
    const char *path = write_file("mountinfo", text);
    assert_true(host_mountinfo_find(&m, path, "/dev/shm"));
    assert_string_equal(m.source, "second");
    assert_true(host_mountinfo_find(&m, path, "/dev"));
    assert_string_equal(m.source, "other");
    assert_true(host_mountinfo_find(&m, path, "/elsewhere"));
    assert_string_equal(m.device, "");
    assert_false(host_mountinfo_find(&m, write_file("none", ""), "/dev"));
}

static void words_of_a_list(void **state) {
    (void)state;
    char value[4] = "?";
    assert_true(host_mountinfo_has("rw,memory", "memory", NULL, 0));
    assert_false(host_mountinfo_has("rw,memory2,xmemory", "memory", NULL, 0));
    assert_false(host_mountinfo_has("", "memory", NULL, 0));
    assert_true(host_mountinfo_has("rw,hidepid=2,x", "hidepid=", value, sizeof value));
    assert_string_equal(value, "2");
    assert_true(host_mountinfo_has("hidepid=invisible", "hidepid=", value, sizeof value));
    assert_string_equal(value, "inv");
}

/* ---- groups of processes ---- */

static void the_group_with_the_memory(void **state) {
    (void)state;
    static const struct {
        const char *text, *path;
        bool is_unified;
    } cases[] = {{"0::/user.slice/a\n", "/user.slice/a", true},
                 {"0::/\n", "/", true},
                 {"0::/u\n4:memory:/docker/1\n", "/docker/1", false},
                 {"5:cpu,memory:/a:b\n0::/u\n", "/a:b", false},
                 {"5:cpu:/a\n0::/u", "/u", true},
                 {"5:memory_other:/a\n0::/u\n", "/u", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[HOST_CGROUP_PATH_BYTES];
        bool is_unified = false;
        assert_true(host_cgroup_find_path(path, &is_unified, cases[i].text));
        assert_string_equal(path, cases[i].path);
        assert_int_equal(is_unified, cases[i].is_unified);
    }
    static const char *const none[] = {"", "\n", "0:", "0::", "4:memory", "4:cpu:/a\n", "0::a\n"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        char path[HOST_CGROUP_PATH_BYTES];
        bool is_unified = false;
        assert_false(host_cgroup_find_path(path, &is_unified, none[i]));
    }
}

static void assert_folder(const char *text, const char *mounts, const char *folder) {
    host_cgroup_place place;
    assert_true(host_cgroup_find(&place, text, write_file("mountinfo", mounts)));
    assert_string_equal(place.folder, folder);
}

static void the_folder_of_a_group(void **state) {
    (void)state;
    static const char *const v2 = "9 1 0:9 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    static const char *const v1 = "9 1 0:9 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                                  "8 1 0:8 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";
    static const char *const inside = "9 1 0:9 /docker/1 /cg rw - cgroup cgroup rw,memory\n";
    assert_folder("0::/a/b\n", v2, "/sys/fs/cgroup/a/b");
    assert_folder("0::/\n", v2, "/sys/fs/cgroup");
    assert_folder("0::/../x\n", v2, "/sys/fs/cgroup"); /* of a namespace */
    assert_folder("4:memory:/a\n", v1, "/sys/fs/cgroup/memory/a");
    assert_folder("4:memory:/docker/1/c\n", inside, "/cg/c");
    assert_folder("4:memory:/docker/1\n", inside, "/cg");
    assert_folder("4:memory:/docker/12\n", inside, "/cg"); /* which is another one's */
    host_cgroup_place place;
    assert_false(host_cgroup_find(&place, "4:memory:/a\n", write_file("mountinfo", v2)));
}

static void up_to_the_outermost_group(void **state) {
    (void)state;
    host_cgroup_place place = {.folder = "/sys/fs/cgroup/a/b", .top = strlen("/sys/fs/cgroup")};
    assert_true(host_cgroup_go_up(&place));
    assert_string_equal(place.folder, "/sys/fs/cgroup/a");
    assert_true(host_cgroup_go_up(&place));
    assert_string_equal(place.folder, "/sys/fs/cgroup");
    assert_false(host_cgroup_go_up(&place));
}

static void figures_of_a_group(void **state) {
    (void)state;
    uint64_t value = 7;
    assert_true(host_cgroup_parse_bytes("104857600\n", &value));
    assert_int_equal(value, 104857600);
    static const char *const none[] = {"max\n",
                                       "",
                                       "\n",
                                       "-1\n",
                                       "1x\n",
                                       " 1\n",
                                       "9223372036854771712\n",
                                       "99999999999999999999999\n"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(host_cgroup_parse_bytes(none[i], &value));
    static const char *const text = "anon 5\ninactive_file 12\ntotal_inactive_file 13\nfile x\n";
    host_cgroup_find_figure(text, "inactive_file", &value);
    assert_int_equal(value, 12);
    host_cgroup_find_figure(text, "total_inactive_file", &value);
    assert_int_equal(value, 13);
    host_cgroup_find_figure(text, "file", &value);
    host_cgroup_find_figure(text, "active_file", &value);
    assert_int_equal(value, 13);
}

/* ---- logind ---- */

static void the_setting_of_a_file(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int removes; /* -1: it does not say */
    } cases[] = {{"", -1},
                 {"[Login]\n", -1},
                 {"[Login]\nRemoveIPC=no\n", 0},
                 {"[Login]\n  RemoveIPC = No \r\n", 0},
                 {"[Login]\nRemoveIPC=yes", 1},
                 {"[Login]\n#RemoveIPC=no\n;RemoveIPC=no\n", -1},
                 {"RemoveIPC=no\n", -1},
                 {"[Other]\nRemoveIPC=no\n[Login]\nRemoveIPC=1\n", 1},
                 {"[Login]\nRemoveIPC=no\n[Other]\nRemoveIPC=yes\n", 0},
                 {"[Login]\nRemoveIPC=no\nRemoveIPC=on\n", 1},
                 {"[Login]\nRemoveIPC=no\nRemoveIPC=\nRemoveIPC=perhaps\n", 0},
                 {"[Login]\nRemoveIPCs=no\nxRemoveIPC=no\n", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int before = 0; before < 2; before++) {
            bool removes = before == 1;
            host_logind_conf_parse(cases[i].text, &removes);
            assert_int_equal(removes, cases[i].removes < 0 ? before : cases[i].removes);
        }
}

static void later_files_win(void **state) {
    (void)state;
    assert_true(host_logind_conf_removes(root));
    write_file("usr/lib/systemd/logind.conf", "[Login]\nRemoveIPC=no\n");
    assert_false(host_logind_conf_removes(root));
    write_file("etc/systemd/logind.conf", "[Login]\n");
    assert_true(host_logind_conf_removes(root)); /* the vendor's is hidden */
    write_file("usr/lib/systemd/logind.conf.d/50-a.conf", "[Login]\nRemoveIPC=no\n");
    assert_false(host_logind_conf_removes(root));
    write_file("run/systemd/logind.conf.d/60-b.conf", "[Login]\nRemoveIPC=yes\n");
    assert_true(host_logind_conf_removes(root));
    write_file("etc/systemd/logind.conf.d/60-b.conf", "[Login]\n");
    assert_false(host_logind_conf_removes(root)); /* one of its name is hidden */
    write_file("etc/systemd/logind.conf.d/70-c.txt", "[Login]\nRemoveIPC=yes\n");
    assert_false(host_logind_conf_removes(root));
}

/* ---- names ---- */

static void the_part_of_a_name(void **state) {
    (void)state;
    static const struct {
        const char *entry, *channel;
        host_object_part part;
    } cases[] = {{"cam", "cam", HOST_OBJECT_FRAMES},
                 {"cam~consumers", "cam", HOST_OBJECT_CONSUMERS},
                 {"sem.camMutex", "cam", HOST_OBJECT_EVENT},
                 {"sem.cam", NULL, HOST_OBJECT_NONE},
                 {"sem.Mutex", NULL, HOST_OBJECT_NONE},
                 {"~consumers", NULL, HOST_OBJECT_NONE},
                 {".cam", NULL, HOST_OBJECT_NONE},
                 {"a b~consumers", NULL, HOST_OBJECT_NONE},
                 {"", NULL, HOST_OBJECT_NONE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char channel[FERRY_NAME_MAX + 1], name[HOST_OBJECT_NAME_BYTES];
        assert_int_equal(host_object_part_of(channel, cases[i].entry), cases[i].part);
        if (cases[i].channel == NULL)
            continue;
        assert_string_equal(channel, cases[i].channel);
        host_object_name(name, channel, cases[i].part);
        assert_string_equal(name, cases[i].entry);
    }
}

#define IN_ROOT(test) cmocka_unit_test_setup_teardown(test, make_root, remove_root)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_ROOT(a_file_is_read_up_to_the_bound),
        IN_ROOT(what_is_no_plain_file_is_not_read),
        cmocka_unit_test(a_line_of_mounts),
        cmocka_unit_test(what_is_no_line_of_mounts),
        IN_ROOT(the_last_mount_counts),
        cmocka_unit_test(words_of_a_list),
        cmocka_unit_test(the_group_with_the_memory),
        IN_ROOT(the_folder_of_a_group),
        cmocka_unit_test(up_to_the_outermost_group),
        cmocka_unit_test(figures_of_a_group),
        cmocka_unit_test(the_setting_of_a_file),
        IN_ROOT(later_files_win),
        cmocka_unit_test(the_part_of_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
