/* Options of ports: each choice that is refused, with a sentence that names its field; names, and
 * what the system gets of them. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "platform/shm.h"
#include "port/port_handle.h"
#include "port/port_options.h"
#include "port_support.h"

static ferry_error error;

static ferry_port_options options_of(uint32_t dialect) {
    ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
    options.dialect = dialect;
    return options;
}

static ferry_port_options raw_options(int32_t width, int32_t height, uint32_t format,
                                      uint32_t stride) {
    ferry_port_options options = options_of(FERRY_PORT_LOCKSTEP);
    options.payload = FERRY_PAYLOAD_RAW;
    options.raw.width = width;
    options.raw.height = height;
    options.raw.format = format;
    options.raw.stride_bytes = stride;
    return options;
}

/* Reads options as a port does, without making anything. The port is valid after FERRY_OK. */
static ferry_status read_options(ferry_port *port, const ferry_port_options *options) {
    *port = (ferry_port){0};
    error = (ferry_error)FERRY_ERROR_INIT;
    ferry_status status = ferryi_port_options_read(port, options, &error);
    assert_int_equal(error.status, status);
    ferryi_port_options_free(port);
    return status;
}

static void assert_accepted(ferry_port *port, const ferry_port_options *options) {
    if (read_options(port, options) != FERRY_OK)
        fail_msg("refused: %s", error.message);
}

/* Refused, by a sentence that begins with the field, and before anything was made. */
static void assert_refused(const ferry_port_options *options, ferry_status wanted,
                           const char *field) {
    size_t length = strlen(field);
    error = (ferry_error)FERRY_ERROR_INIT;
    assert_int_equal(try_port(options, &error), wanted);
    if (strncmp(error.message, field, length) != 0 || strchr(" :", error.message[length]) == NULL)
        fail_msg("%s: \"%s\" does not say so", field, error.message);
    assert_sentence(&error, wanted, field);
}

/* ---- choices ---- */

static void test_choices_that_do_not_exist(void **state) {
    (void)state;
    ferry_port_options options;
    static const uint32_t no_dialects[] = {0, FERRY_PORT_QT + 1, UINT32_MAX};
    for (int i = 0; i < 3; i++) {
        options = options_of(no_dialects[i]);
        assert_refused(&options, FERRY_INVALID_ARGUMENT, "dialect");
    }
#define REFUSE(field, number)                                                                      \
    do {                                                                                           \
        options = options_of(FERRY_PORT_DUPLEX);                                                   \
        options.field = number;                                                                    \
        assert_refused(&options, FERRY_INVALID_ARGUMENT, #field);                                  \
    } while (0)
    REFUSE(size, 0);
    REFUSE(role, FERRY_PORT_SENDER + 1);
    REFUSE(payload, FERRY_PAYLOAD_RAW + 1);
    REFUSE(reading, FERRY_PORT_MUTEXES + 1);
    REFUSE(access, FERRY_PORT_ACCESS_EXECUTE + 1);
    REFUSE(adopt, 2);
    REFUSE(bottom_up, 2);
    REFUSE(group_sharing, FERRY_SHARING_EVERYONE + 1);
    REFUSE(break_lock_ns, -1);
    REFUSE(break_lock_ns, INT64_MIN);
    REFUSE(format_16bit, FERRY_FORMAT_BGR24);
    REFUSE(format, FERRY_FOURCC('V', 'P', '8', '0'));
    REFUSE(format, FERRY_FORMAT_TEXT);
    REFUSE(header_order, "");
    REFUSE(header_order, "wh");
    REFUSE(header_order, "whw");
    REFUSE(header_order, "whsw");
    REFUSE(header_order, "whx");
    REFUSE(header_order, "WHS");
}

static void test_choices_that_a_convention_does_not_have(void **state) {
    (void)state;
    ferry_port_options options = options_of(FERRY_PORT_BASEIMAGE);
    options.payload = FERRY_PAYLOAD_TEXT;
    assert_refused(&options, FERRY_INVALID_ARGUMENT, "payload");
    options = raw_options(4, 4, FERRY_FORMAT_GRAY, 0);
    options.dialect = FERRY_PORT_BASEIMAGE;
    assert_refused(&options, FERRY_INVALID_ARGUMENT, "payload");
    for (uint32_t dialect = FERRY_PORT_BASEIMAGE; dialect <= FERRY_PORT_QT; dialect++) {
        options = options_of(dialect);
        options.reading = FERRY_PORT_SINGLE;
        if (dialect != FERRY_PORT_DUPLEX)
            assert_refused(&options, FERRY_INVALID_ARGUMENT, "reading");
        options = options_of(dialect);
        options.role = FERRY_PORT_SENDER;
        options.access = FERRY_PORT_ACCESS_READ;
        assert_refused(&options, FERRY_INVALID_ARGUMENT, "access");
    }
    options = options_of(FERRY_PORT_DUPLEX); /* a receiver answers */
    options.access = FERRY_PORT_ACCESS_READ;
    assert_refused(&options, FERRY_INVALID_ARGUMENT, "access");
}

static void test_raw_frames_that_cannot_be(void **state) {
    (void)state;
    ferry_port_options options;
    static const struct {
        int32_t width, height;
        uint32_t format, stride;
    } bad[] = {{0, 4, FERRY_FORMAT_GRAY, 0},
               {4, 0, FERRY_FORMAT_GRAY, 0},
               {-4, 4, FERRY_FORMAT_GRAY, 0},
               {4, -4, FERRY_FORMAT_GRAY, 0},
               {4, 4, 0, 0},
               {4, 4, FERRY_FOURCC('V', 'P', '8', '0'), 0},
               {4, 4, FERRY_FORMAT_TEXT, 0},
               {4, 4, FERRY_FORMAT_BGR24, 11},
               {INT32_MAX, 4, FERRY_FORMAT_BGRA, 0},
               {65536, 65536, FERRY_FORMAT_GRAY, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        options = raw_options(bad[i].width, bad[i].height, bad[i].format, bad[i].stride);
        assert_refused(&options, FERRY_INVALID_ARGUMENT, "raw");
    }
    options = raw_options(4, 4, FERRY_FORMAT_YUV420P, 0);
    options.bottom_up = 1;
    assert_refused(&options, FERRY_INVALID_ARGUMENT, "bottom_up");
}

static void test_raw_sizes_are_filled_in(void **state) {
    (void)state;
    static ferry_port port;
    ferry_port_options options = raw_options(5, 4, FERRY_FORMAT_BGR24, 0);
    assert_accepted(&port, &options);
    assert_int_equal(port.options.raw.stride_bytes, 15);
    assert_int_equal(port.options.raw.length_bytes, 60);
    assert_int_equal(port.options.raw.bit_count, 24);
    options = raw_options(5, 4, FERRY_FORMAT_BGR24, 16);
    assert_accepted(&port, &options);
    assert_int_equal(port.options.raw.stride_bytes, 16);
    assert_true(port.options.raw.length_bytes >= 63 && port.options.raw.length_bytes <= 64);
    options = raw_options(6, 4, FERRY_FORMAT_YUV420P, 0);
    options.raw.length_bytes = 7; /* nothing else is used */
    options.raw.number = 7;
    assert_accepted(&port, &options);
    assert_int_equal(port.options.raw.length_bytes, 36);
    assert_int_equal(port.options.raw.number, 0);
}

static void test_what_is_not_said_is_as_usual(void **state) {
    (void)state;
    static ferry_port port;
    ferry_port_options options = options_of(FERRY_PORT_RWEVENTS);
    assert_accepted(&port, &options);
    assert_string_equal(port.order, "whs");
    assert_int_equal(port.options.format_16bit, FERRY_FORMAT_GRAY16LE);
    char order[] = "shw";
    options.header_order = order;
    assert_accepted(&port, &options);
    order[0] = '?'; /* copied */
    assert_string_equal(port.options.header_order, "shw");
    /* From a program of an earlier state, whose options end before the sharing. */
    options = options_of(FERRY_PORT_MUTEX);
    options.size = offsetof(ferry_port_options, group_sharing);
    options.group_sharing = 77;
    options.break_lock_ns = -1;
    assert_accepted(&port, &options);
    assert_int_equal(port.options.group_sharing, 0);
}

/* ---- names ---- */

/* The name of memory, as the system gets it, or NULL and the sentence. */
static const char *system_name(uint32_t dialect, const char *name) {
    static ferry_port port;
    ferry_port_options options = options_of(dialect);
    options.names[FERRY_PORT_MEMORY] = name;
    ferry_status status = read_options(&port, &options);
    if (status == FERRY_OK)
        return port.names[FERRY_PORT_MEMORY];
    assert_int_equal(status, FERRY_BAD_NAME);
    assert_sentence(&error, FERRY_BAD_NAME, "memory");
    return NULL;
}

static void test_names_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        const char *name, *reason;
    } bad[] = {{"", "empty"},
               {"Local\\", "empty"},
               {".", "dot"},
               {"..", "dot"},
               {".hidden", "dot"},
               {"Global\\.hidden", "dot"},
               {"a/b", "slash"},
               {"//a", "slash"},
               {"/a/", "slash"},
               {"a\\b", "slash"},
               {"\\a", "slash"},
               {"Session\\a", "slash"},
               {"global\\a", "slash"},
               {"Local\\Global\\a", "slash"},
               {"a\xff", "UTF-8"},
               {"a\xc3", "UTF-8"},
               {"a\xed\xa0\x80", "UTF-8"},
               {"a\xc0\x80", "UTF-8"},
               {"a\nb", "control"},
               {"a\x7f", "control"},
               {"a\xc2\x85", "control"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (system_name(FERRY_PORT_MUTEX, bad[i].name) != NULL)
            fail_msg("accepted: %s", bad[i].name);
        assert_non_null(strstr(error.message, bad[i].reason));
    }
}

static void test_prefixes_and_slashes(void **state) {
    (void)state;
    bool has_sessions = ferryi_shm_has_sessions();
    assert_string_equal(system_name(FERRY_PORT_MUTEX, "a b"), "a b");
    assert_string_equal(system_name(FERRY_PORT_MUTEX, "sem.a"), "sem.a");
    assert_string_equal(system_name(FERRY_PORT_MUTEX, "K\xc3\xa4se \xe2\x82\xac \xf0\x9f\x98\x80"),
                        "K\xc3\xa4se \xe2\x82\xac \xf0\x9f\x98\x80");
    assert_string_equal(system_name(FERRY_PORT_MUTEX, "Global\\a"),
                        has_sessions ? "Global\\a" : "a");
    assert_string_equal(system_name(FERRY_PORT_MUTEX, "Local\\a"), has_sessions ? "Local\\a" : "a");
    if (has_sessions)
        assert_null(system_name(FERRY_PORT_MUTEX, "/a"));
    else
        assert_string_equal(system_name(FERRY_PORT_MUTEX, "/a"), "a");
}

static void test_long_names(void **state) {
    (void)state;
    char longest[FERRY_NAME_MAX + 1], prefixed[FERRY_NAME_MAX + 8], too_long[FERRY_NAME_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[FERRY_NAME_MAX] = '\0';
    snprintf(too_long, sizeof too_long, "%sy", longest);
    snprintf(prefixed, sizeof prefixed, "Global\\%s", longest);
    assert_string_equal(system_name(FERRY_PORT_MUTEX, longest), longest);
    assert_string_equal(system_name(FERRY_PORT_MUTEX, prefixed),
                        ferryi_shm_has_sessions() ? prefixed : longest);
    assert_null(system_name(FERRY_PORT_MUTEX, too_long));
    assert_non_null(strstr(error.message, "long"));
    assert_null(system_name(FERRY_PORT_QT, longest)); /* a name of Qt's has the key's letters */
    memset(longest, '7', FERRY_NAME_MAX);
    assert_string_equal(system_name(FERRY_PORT_QT, longest), longest);
    assert_null(system_name(FERRY_PORT_QT, too_long));
}

/* A key is hashed: it may have what a name may not. */
static void test_keys_of_qt(void **state) {
    (void)state;
    assert_string_equal(system_name(FERRY_PORT_QT, "/a/b\\.."), "/a/b\\..");
    assert_string_equal(system_name(FERRY_PORT_QT, "Global\\a"), "Global\\a");
    assert_null(system_name(FERRY_PORT_QT, ""));
    ferry_port_options options = options_of(FERRY_PORT_QT);
    char name[NAME_BYTES];
    options.names[FERRY_PORT_MEMORY] = own_name(name, "half");
    options.names[FERRY_PORT_READ] = "r";
    assert_refused(&options, FERRY_INVALID_ARGUMENT, "names");
    options.names[FERRY_PORT_READ] = NULL;
    options.names[FERRY_PORT_WRITE] = "w";
    assert_refused(&options, FERRY_INVALID_ARGUMENT, "names");
    options.names[FERRY_PORT_WRITE] = NULL;
    options.names[FERRY_PORT_MEMORY] = "a\xff";
    error = (ferry_error)FERRY_ERROR_INIT;
    assert_int_equal(try_port(&options, &error), FERRY_BAD_NAME);
}

static void test_objects_that_a_convention_does_not_have(void **state) {
    (void)state;
    static const struct {
        uint32_t dialect, reading;
        const char *objects; /* words that it has */
    } rows[] = {
        {FERRY_PORT_BASEIMAGE, 0, "memory event"},
        {FERRY_PORT_MUTEX, 0, "memory semaphore"},
        {FERRY_PORT_LOCKSTEP, 0, "memory read write"},
        {FERRY_PORT_DUPLEX, FERRY_PORT_PAIRS, "memory back read write back-read back-write"},
        {FERRY_PORT_DUPLEX, FERRY_PORT_SINGLE, "memory back semaphore back-semaphore"},
        {FERRY_PORT_DUPLEX, FERRY_PORT_MUTEXES, "memory back semaphore back-semaphore"},
        {FERRY_PORT_RWEVENTS, 0, "memory read write"},
        {FERRY_PORT_FILE, 0, "memory file"},
        {FERRY_PORT_QT, 0, "memory lock read write"},
    };
    static ferry_port port;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char list[80];
        snprintf(list, sizeof list, " %s ", rows[i].objects);
        for (uint32_t object = 0; object < FERRY_PORT_OBJECTS; object++) {
            ferry_port_options options = options_of(rows[i].dialect);
            char word[24];
            options.reading = rows[i].reading;
            options.names[FERRY_PORT_READ] = rows[i].dialect == FERRY_PORT_QT ? "r" : NULL;
            options.names[FERRY_PORT_WRITE] = rows[i].dialect == FERRY_PORT_QT ? "w" : NULL;
            options.names[object] = "some name";
            snprintf(word, sizeof word, " %s ", ferry_port_object_word(object));
            bool has = strstr(list, word) != NULL;
            assert_int_equal(read_options(&port, &options),
                             has ? FERRY_OK : FERRY_INVALID_ARGUMENT);
            if (!has)
                assert_sentence(&error, FERRY_INVALID_ARGUMENT, ferry_port_object_word(object));
        }
    }
}

static void test_the_same_name_twice(void **state) {
    (void)state;
    const bool apart = !ferryi_shm_has_sessions(); /* where memory and semaphores have folders */
    const struct {
        uint32_t dialect, reading, one, other;
        bool is_fine;
    } rows[] = {
        {FERRY_PORT_LOCKSTEP, 0, FERRY_PORT_READ, FERRY_PORT_WRITE, false},
        {FERRY_PORT_LOCKSTEP, 0, FERRY_PORT_MEMORY, FERRY_PORT_WRITE, apart},
        {FERRY_PORT_MUTEX, 0, FERRY_PORT_MEMORY, FERRY_PORT_SEMAPHORE, apart},
        {FERRY_PORT_RWEVENTS, 0, FERRY_PORT_READ, FERRY_PORT_WRITE, false},
        {FERRY_PORT_DUPLEX, 0, FERRY_PORT_MEMORY, FERRY_PORT_BACK, false},
        {FERRY_PORT_DUPLEX, 0, FERRY_PORT_READ, FERRY_PORT_BACK_READ, false},
        {FERRY_PORT_DUPLEX, 0, FERRY_PORT_BACK, FERRY_PORT_BACK_WRITE, apart},
        {FERRY_PORT_DUPLEX, 0, FERRY_PORT_READ, FERRY_PORT_BACK, apart},
        {FERRY_PORT_DUPLEX, 1, FERRY_PORT_SEMAPHORE, FERRY_PORT_BACK_SEMAPHORE, false},
        {FERRY_PORT_QT, 0, FERRY_PORT_READ, FERRY_PORT_WRITE, false},
        /* The lock of memory is the semaphore of its key. */
        {FERRY_PORT_QT, 0, FERRY_PORT_MEMORY, FERRY_PORT_READ, false},
        {FERRY_PORT_QT, 0, FERRY_PORT_MEMORY, FERRY_PORT_WRITE, false},
    };
    static ferry_port port;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ferry_port_options options = options_of(rows[i].dialect);
        options.reading = rows[i].reading;
        options.names[FERRY_PORT_READ] = rows[i].dialect == FERRY_PORT_QT ? "r" : NULL;
        options.names[FERRY_PORT_WRITE] = rows[i].dialect == FERRY_PORT_QT ? "w" : NULL;
        options.names[rows[i].one] = "twice";
        options.names[rows[i].other] = "twice";
        ferry_status status = read_options(&port, &options);
        if (status != (rows[i].is_fine ? FERRY_OK : FERRY_BAD_NAME))
            fail_msg("row %zu: %s", i, error.message);
        if (status != FERRY_OK)
            assert_sentence(&error, status, "twice");
    }
    /* A session's prefix makes no other name where there are no sessions. */
    ferry_port_options options = options_of(FERRY_PORT_LOCKSTEP);
    options.names[FERRY_PORT_READ] = "Local\\twice";
    options.names[FERRY_PORT_WRITE] = "twice";
    assert_int_equal(read_options(&port, &options), FERRY_BAD_NAME);
}

static void test_words_lead_back(void **state) {
    (void)state;
    for (uint32_t i = 0; i < FERRY_PORT_OBJECTS; i++)
        assert_int_equal(ferry_port_object_from_word(ferry_port_object_word(i)), i);
    for (uint32_t i = FERRY_PORT_BASEIMAGE; i <= FERRY_PORT_QT; i++)
        assert_int_equal(ferry_port_dialect_from_name(ferry_port_dialect_name(i)), i);
    assert_null(ferry_port_dialect_name(0));
    assert_string_equal(
        ferry_port_default_name(FERRY_PORT_DUPLEX, FERRY_PORT_SINGLE, 0, FERRY_PORT_BACK_SEMAPHORE),
        "SemaphoreBack");
    assert_null(ferry_port_default_name(FERRY_PORT_QT, 0, 0, FERRY_PORT_READ));
    assert_null(ferry_port_default_name(FERRY_PORT_DUPLEX, 9, 0, FERRY_PORT_MEMORY));
    assert_string_equal(
        ferry_port_default_name(FERRY_PORT_RWEVENTS, 0, FERRY_PAYLOAD_TEXT, FERRY_PORT_MEMORY),
        "ShareMemory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices_that_do_not_exist),
        cmocka_unit_test(test_choices_that_a_convention_does_not_have),
        cmocka_unit_test(test_raw_frames_that_cannot_be),
        cmocka_unit_test(test_raw_sizes_are_filled_in),
        cmocka_unit_test(test_what_is_not_said_is_as_usual),
        cmocka_unit_test(test_names_that_cannot_be),
        cmocka_unit_test(test_prefixes_and_slashes),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_keys_of_qt),
        cmocka_unit_test(test_objects_that_a_convention_does_not_have),
        cmocka_unit_test(test_the_same_name_twice),
        cmocka_unit_test(test_words_lead_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
