/* Addresses of channels on other machines. Refusals and their messages are also in
 * tests/process/test_http_source.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Part of a program, and so in no library. */
#include "sources/http_url.c"

static void test_tells_addresses(void **state) {
    (void)state;
    assert_true(http_url_is("http://a"));
    assert_true(http_url_is("HTTPS://a"));
    assert_false(http_url_is("http:/a"));
    assert_false(http_url_is("rtsp://a"));
    assert_false(http_url_is("a/http://b"));
}

static void test_takes_addresses_apart(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *base;
        const char *channel;
        bool is_secret, is_loopback, has_port, is_jpeg;
        const char *picture;
    } rows[] = {
        {"http://h/cam", "http://h/cam", "cam", false, false, false, false, ""},
        {"https://h:8090/cam/", "https://h:8090/cam", "cam", true, false, true, false, ""},
        {"http://127.0.0.1:1/a/b/c//", "http://127.0.0.1:1/a/b/c", "c", false, true, true, false,
         ""},
        {"http://127.example.org/c", "http://127.example.org/c", "c", false, false, false, false,
         ""},
        {"http://[::1]:65535/c", "http://[::1]:65535/c", "c", false, true, true, false, ""},
        {"http://[fe80::1]/c", "http://[fe80::1]/c", "c", false, false, false, false, ""},
        {"http://localhost/c%2Dx_%61", "http://localhost/c%2Dx_%61", "c-x_a", false, true, false,
         false, ""},
        {"http://h/cam?format=raw", "http://h/cam", "cam", false, false, false, false, ""},
        {"http://h/cam?format=jpeg", "http://h/cam", "cam", false, false, false, true, ""},
        {"http://h/cam?q=80&format=jpeg&&w=640&lo=0.5&hi=-2", "http://h/cam", "cam", false, false,
         false, true, "&q=80&w=640&lo=0.5&hi=-2"},
        {"http://h/cam?", "http://h/cam", "cam", false, false, false, false, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        http_url url;
        ferry_error error = {.message = ""};
        if (http_url_parse(&url, rows[i].text, &error) != FERRY_OK)
            fail_msg("%s: %s", rows[i].text, error.message);
        assert_string_equal(url.base, rows[i].base);
        assert_string_equal(url.channel, rows[i].channel);
        assert_string_equal(url.picture, rows[i].picture);
        assert_int_equal(url.is_secret, rows[i].is_secret);
        assert_int_equal(url.is_loopback, rows[i].is_loopback);
        assert_int_equal(url.has_port, rows[i].has_port);
        assert_int_equal(url.is_jpeg, rows[i].is_jpeg);
    }
}

static void test_refuses_others(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "http://",
        "http:///cam",
        "http://h",
        "http://h/",
        "http://h//",
        "http://h?format=raw",
        "http://h:/cam",
        "http://h:x/cam",
        "http://h:65536/cam",
        "http://h:1234567890/cam",
        "http://[::1/cam",
        "http://[::1]x/cam",
        "http://:80/cam",
        "http://u@h/cam",
        "http://u:p@h/cam",
        "http://h/ca m",
        "http://h/cam\n",
        "http://h/c\"m",
        "http://h/cam#part",
        "http://h/c%2fm",
        "http://h/c%00m",
        "http://h/c%",
        "http://h/c%g0",
        "http://h/.cam",
        "http://h/cam?token=x",
        "http://h/cam?format",
        "http://h/cam?format=jpeg&q=0",
        "http://h/cam?format=jpeg&q=1e1",
        "http://h/cam?format=jpeg&w=65536",
        "http://h/cam?format=jpeg&lo=",
        "http://h/cam?format=jpeg&lo=%26keep",
        "http://h/cam?format=jpeg&lo=00000000000000000000001",
        "http://h/cam?q=1",
        "http://h/cam?keep=1",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        http_url url;
        ferry_error error = {.status = FERRY_OK};
        if (http_url_parse(&url, wrong[i], &error) == FERRY_OK || error.status == FERRY_OK)
            fail_msg("%s", wrong[i]);
    }
}

static void test_refuses_long_ones(void **state) {
    (void)state;
    char text[3000];
    http_url url;
    ferry_error error;
    for (size_t length = 100; length < 2900; length += 7) {
        snprintf(text, sizeof text, "http://h/%0*d/cam", (int)length, 0);
        bool fits = strlen(text) < HTTP_URL_MAX;
        assert_int_equal(http_url_parse(&url, text, &error) == FERRY_OK, fits);
        snprintf(text, sizeof text, "http://h/%0*d", (int)length, 0);
        assert_int_equal(http_url_parse(&url, text, &error) == FERRY_OK, length <= FERRY_NAME_MAX);
    }
    strcpy(text, "http://h/cam?format=jpeg");
    while (strlen(text) < 400)
        strcat(text, "&q=100");
    assert_int_equal(http_url_parse(&url, text, &error), FERRY_INVALID_ARGUMENT);
}

static void test_makes_requests(void **state) {
    (void)state;
    http_url url;
    char text[HTTP_REQUEST_BYTES];
    assert_int_equal(http_url_parse(&url, "http://h:8090/cam?format=jpeg&q=80", NULL), FERRY_OK);
    http_wish wish = {.is_raw = true, .wait_seconds = 2};
    http_url_request(&url, &wish, text);
    assert_string_equal(text, "http://h:8090/cam/frame.raw?wait=2");
    wish.is_raw = false;
    http_url_request(&url, &wish, text);
    assert_string_equal(text, "http://h:8090/cam/frame.jpg?wait=2&q=80");
    wish =
        (http_wish){.has_last = true, .frame = UINT64_MAX, .generation = 0xabc, .wait_seconds = 60};
    http_url_request(&url, &wish, text);
    assert_string_equal(text, "http://h:8090/cam/frame.jpg?wait=60&after=18446744073709551615"
                              "&generation=0000000000000abc&q=80");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_addresses), cmocka_unit_test(test_takes_addresses_apart),
        cmocka_unit_test(test_refuses_others),  cmocka_unit_test(test_refuses_long_ones),
        cmocka_unit_test(test_makes_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
