/* Headers of answers over HTTP: those of ferry-web, and all kinds that cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Part of a program, and so in no library. */
#include "sources/http_header.c"

/* The headers that every answer with a frame needs. */
#define NEEDED                                                                                     \
    "HTTP/1.1 200 OK\r\n"                                                                          \
    "Content-Length: 12\r\n"                                                                       \
    "Ferry-Frame: 18446744073709551615\r\n"                                                        \
    "Ferry-Generation: 0123456789abcDEF\r\n"                                                       \
    "Ferry-Fourcc: 59455247\r\n" /* 'GREY' */                                                      \
    "Ferry-Size: 4x3\r\n"

/* Takes the text line by line. */
static http_answer read_text(const char *text) {
    http_answer answer = {.status = 0};
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        size_t length = end == NULL ? strlen(text) : (size_t)(end - text) + 1;
        assert_true(http_answer_take(&answer, text, length));
        text += length;
    }
    return answer;
}

static http_answer read_more(const char *more) {
    char text[4096] = NEEDED;
    assert_true(strlen(text) + strlen(more) + 5 < sizeof text);
    strcat(text, more);
    strcat(text, "\r\n\r\n");
    return read_text(text);
}

static void test_takes_what_is_needed(void **state) {
    (void)state;
    http_answer a = read_more("");
    assert_int_equal(http_answer_check(&a, true, NULL), FERRY_OK);
    assert_int_equal(a.status, 200);
    assert_true(a.frame == UINT64_MAX);
    assert_true(a.generation == UINT64_C(0x0123456789abcdef));
    assert_int_equal(a.info.format, FERRY_FORMAT_GRAY);
    assert_int_equal(a.info.width, 4);
    assert_int_equal(a.info.height, 3);
    assert_int_equal(a.info.length_bytes, 12);
    assert_false(http_answer_has_times(&a));
}

static void test_takes_all(void **state) {
    (void)state;
    http_answer a = read_more("ferry-bit-count:8\r\n"
                              "FERRY-STRIDE: \t 4 \r\n"
                              "Ferry-Color: 1 2 3 4 5 6\r\n"
                              "Ferry-Rate: 30000/1001\r\n"
                              "Ferry-Aspect: 0/0\r\n"
                              "Ferry-Flags: 4294967295\r\n"
                              "Ferry-Sequence: 7\r\n"
                              "Ferry-Exposure-Ns: 8\r\n"
                              "Ferry-Capture-Ns: 9\r\n"
                              "Ferry-Received-Ns: 10\r\n"
                              "Ferry-Sent-Ns: 11\r\n"
                              "Ferry-Metadata: YT1iCg==\r\n"
                              "Ferry-Whatever: -1\r\n"
                              "Server: x:y");
    assert_int_equal(http_answer_check(&a, true, NULL), FERRY_OK);
    const ferry_frame_info *i = &a.info;
    assert_int_equal(i->bit_count, 8);
    assert_int_equal(i->stride_bytes, 4);
    assert_int_equal(i->color_matrix, 1);
    assert_int_equal(i->color_primaries, 2);
    assert_int_equal(i->color_transfer, 3);
    assert_int_equal(i->color_range, 4);
    assert_int_equal(i->chroma_site, 5);
    assert_int_equal(i->field_order, 6);
    assert_int_equal(i->frame_rate_num, 30000);
    assert_int_equal(i->frame_rate_den, 1001);
    assert_int_equal(i->flags, FLAGS_KNOWN);
    assert_int_equal(i->sequence, 7);
    assert_int_equal(i->exposure_ns, 8);
    assert_int_equal(i->capture_ns, 9);
    assert_int_equal(a.received_ns, 10);
    assert_int_equal(a.sent_ns, 11);
    assert_true(http_answer_has_times(&a));
    assert_int_equal(i->metadata_bytes, 4);
    assert_memory_equal(i->metadata, "a=b\n", 4);
}

static void test_takes_planes(void **state) {
    (void)state;
    http_answer a = read_text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nFerry-Frame: 1\r\n"
                              "Ferry-Generation: 0000000000000001\r\nFerry-Fourcc: 32315559\r\n"
                              "Ferry-Size: 4x2\r\nFerry-Planes: 60:20,40:10,0:16\r\n\r\n");
    assert_int_equal(http_answer_check(&a, true, NULL), FERRY_OK);
    assert_int_equal(a.info.plane_count, 3);
    assert_int_equal(a.info.plane_offset_bytes[1], 40);
    assert_int_equal(a.info.plane_stride_bytes[2], 16);
    assert_int_equal(http_answer_check(&a, false, NULL), FERRY_OK); /* a JPEG of it has none */
    assert_int_equal(a.info.plane_count, 0);
}

static void test_refuses_values(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "Ferry-Bit-Count: ",
        "Ferry-Bit-Count: 4294967296",
        "Ferry-Bit-Count: 9",
        "Ferry-Bit-Count: +8",
        "Ferry-Bit-Count: 8 8",
        "Ferry-Bit-Count: 0x8",
        "Ferry-Stride: 3",
        "Ferry-Stride: 5",
        "Ferry-Stride: -1",
        "Ferry-Planes: 0:4,",
        "Ferry-Planes: 0:4,0:4",
        "Ferry-Planes: 1:4",
        "Ferry-Planes: 4294967295:4",
        "Ferry-Planes: 0:4,0:4,0:4,0:4,0:4",
        "Ferry-Color: 1 2 3 4 5",
        "Ferry-Color: 1 2 3 4 5 6 7",
        "Ferry-Rate: 1/0",
        "Ferry-Rate: 1",
        "Ferry-Aspect: 1/",
        "Ferry-Flags: x",
        "Ferry-Sequence: 18446744073709551616",
        "Ferry-Capture-Ns: 9223372036854775808",
        "Ferry-Sent-Ns: -1",
        "Ferry-Metadata: YT1i",     /* fine by itself */
        "Ferry-Metadata: YT1iCg=",  /* 7 signs */
        "Ferry-Metadata: YT==iCg=", /* in the midst */
        "Ferry-Metadata: ====",
        "Ferry-Metadata: YT1i\tg==",
        "Content-Length: 12", /* twice, although it is the same */
        "Ferry-Size: 4x3",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        http_answer a = read_more(wrong[i]);
        ferry_status expected =
            strcmp(wrong[i], "Ferry-Metadata: YT1i") == 0 ? FERRY_OK : FERRY_UNREADABLE;
        if (http_answer_check(&a, true, NULL) != expected)
            fail_msg("%s", wrong[i]);
    }
}

static void test_refuses_needed_values(void **state) {
    (void)state;
    static const struct {
        const char *length;
        const char *frame;
        const char *generation;
        const char *fourcc;
        const char *size;
        ferry_status status;
    } rows[] = {
        {"12", "1", "0000000000000001", "59455247", "4x3", FERRY_OK},
        {"13", "1", "0000000000000001", "59455247", "4x3", FERRY_OK}, /* bytes behind the picture */
        {"11", "1", "0000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"0", "1", "0000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"-12", "1", "0000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"12,12", "1", "0000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"2147483647", "1", "0000000000000001", "59455247", "4x3", FERRY_OK},
        {"2147483648", "1", "0000000000000001", "59455247", "4x3", FERRY_TOO_LARGE},
        {"9223372036854775808", "1", "0000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"12", "0", "0000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"12", "18446744073709551616", "0000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"12", "1", "000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"12", "1", "00000000000000001", "59455247", "4x3", FERRY_UNREADABLE},
        {"12", "1", "0000000000000001", "5945524", "4x3", FERRY_UNREADABLE},
        {"12", "1", "0000000000000001", "GREY", "4x3", FERRY_UNREADABLE},
        {"12", "1", "0000000000000001", "59455247", "0x3", FERRY_UNREADABLE},
        {"12", "1", "0000000000000001", "59455247", "4x-3", FERRY_UNREADABLE},
        {"12", "1", "0000000000000001", "59455247", "2147483648x1", FERRY_UNREADABLE},
        {"12", "1", "0000000000000001", "59455247", "2147483647x2147483647", FERRY_UNREADABLE},
        {"12", "1", "0000000000000001", "59455247", "4x3x1", FERRY_UNREADABLE},
        {"12", "1", "0000000000000001", "47504a4d", "4x3", FERRY_OK},  /* mjpeg */
        {"12", "1", "0000000000000001", "12345678", "99x99", FERRY_OK} /* without a name */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 "HTTP/1.1 200 OK\r\nContent-Length: %s\r\nFerry-Frame: %s\r\n"
                 "Ferry-Generation: %s\r\nFerry-Fourcc: %s\r\nFerry-Size: %s\r\n\r\n",
                 rows[i].length, rows[i].frame, rows[i].generation, rows[i].fourcc, rows[i].size);
        http_answer a = read_text(text);
        if (http_answer_check(&a, true, NULL) != rows[i].status)
            fail_msg("row %zu", i);
    }
}

static void test_names_what_is_missing(void **state) {
    (void)state;
    static const char *const needed[] = {"Content-Length: 12\r\n", "Ferry-Frame: 1\r\n",
                                         "Ferry-Generation: 0000000000000001\r\n",
                                         "Ferry-Fourcc: 59455247\r\n", "Ferry-Size: 4x3\r\n"};
    for (size_t left = 0; left < 5; left++) {
        char text[1024] = "HTTP/1.1 200 OK\r\n";
        ferry_error error;
        for (size_t i = 0; i < 5; i++)
            strcat(text, i == left ? "" : needed[i]);
        http_answer a = read_text(text);
        assert_int_equal(http_answer_check(&a, true, &error), FERRY_UNREADABLE);
        assert_non_null(strstr(error.message, fields[left].name));
    }
}

static void test_compressed_frames_have_no_rows(void **state) {
    (void)state;
    http_answer a = read_text("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nFerry-Frame: 1\r\n"
                              "Ferry-Generation: 0000000000000001\r\nFerry-Fourcc: 47504a4d\r\n"
                              "Ferry-Size: 4x2\r\nFerry-Stride: 4\r\n\r\n");
    assert_int_equal(http_answer_check(&a, true, NULL), FERRY_UNREADABLE);
}

static void test_begins_anew_with_a_status(void **state) {
    (void)state;
    http_answer a = read_text("HTTP/1.1 100 Continue\r\nFerry-Size: 9x9\r\n\r\n" NEEDED "\r\n");
    assert_int_equal(http_answer_check(&a, true, NULL), FERRY_OK);
    assert_int_equal(a.info.width, 4);
    a = read_text("HTTP/1.1 204 No Content\r\n\r\n");
    assert_int_equal(a.status, 204);
    a = read_text("HTTP/1.1 2000 No\r\n");
    assert_int_equal(a.status, 0);
    a = read_text("HTTP/1.1 20x No\r\n");
    assert_int_equal(a.status, 0);
    a = read_text("HTTP/1.1\r\n");
    assert_int_equal(a.status, 0);
}

static void test_ends_at_a_length(void **state) {
    (void)state;
    http_answer a = {.status = 0};
    char line[1000];
    memset(line, 'x', sizeof line);
    size_t taken = 0;
    while (http_answer_take(&a, line, sizeof line))
        taken += sizeof line;
    assert_true(taken <= HTTP_HEADERS_MAX && taken > HTTP_HEADERS_MAX - sizeof line);
    /* Also when a status comes in between. */
    a = (http_answer){.status = 0};
    taken = 0;
    while (http_answer_take(&a, "HTTP/1.1 100 Continue\r\n", 23))
        taken += 23;
    assert_true(taken <= HTTP_HEADERS_MAX);
}

static void test_takes_as_much_metadata_as_a_frame_has(void **state) {
    (void)state;
    static char text[4096];
    for (size_t bytes = 1023; bytes <= 1026; bytes++) {
        size_t groups = (bytes + 2) / 3;
        size_t used = (size_t)snprintf(text, sizeof text, "Ferry-Metadata: ");
        memset(text + used, 'A', groups * 4);
        text[used + groups * 4] = '\0';
        for (size_t sign = 0; sign < (3 - bytes % 3) % 3; sign++)
            text[used + groups * 4 - 1 - sign] = '=';
        http_answer a = read_more(text);
        assert_int_equal(http_answer_check(&a, true, NULL),
                         bytes <= FERRY_METADATA_MAX ? FERRY_OK : FERRY_UNREADABLE);
        if (bytes <= FERRY_METADATA_MAX)
            assert_int_equal(a.info.metadata_bytes, bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_what_is_needed),
        cmocka_unit_test(test_takes_all),
        cmocka_unit_test(test_takes_planes),
        cmocka_unit_test(test_refuses_values),
        cmocka_unit_test(test_refuses_needed_values),
        cmocka_unit_test(test_names_what_is_missing),
        cmocka_unit_test(test_compressed_frames_have_no_rows),
        cmocka_unit_test(test_begins_anew_with_a_status),
        cmocka_unit_test(test_ends_at_a_length),
        cmocka_unit_test(test_takes_as_much_metadata_as_a_frame_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
