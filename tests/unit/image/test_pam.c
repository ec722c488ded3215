/* PAM: what TUPLTYPE says of the samples, and lines that may stand in the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdio.h>
#include <string.h>

static ferry_status decode(const char *lines, int depth, ferry_image *out, ferry_error *error) {
    char bytes[200];
    int length = snprintf(bytes, sizeof bytes,
                          "P7\nWIDTH 1\nHEIGHT 1\nDEPTH %d\nMAXVAL 255\n%s"
                          "ENDHDR\nabcd",
                          depth, lines);
    return ferry_image_decode(bytes, (size_t)length, "a.pam", NULL, out, error);
}

static void samples_are_what_their_number_says(void **state) {
    (void)state;
    static const struct {
        int depth;
        const char *lines;
        uint32_t format;
    } known[] = {
        {1, "", FERRY_FORMAT_GRAY},
        {1, "TUPLTYPE BLACKANDWHITE\n", FERRY_FORMAT_GRAY},
        {1, "TUPLTYPE GRAYSCALE\n", FERRY_FORMAT_GRAY},
        {2, "TUPLTYPE GRAYSCALE_ALPHA\n", FERRY_FORMAT_RGBA},
        {2, "TUPLTYPE BLACKANDWHITE_ALPHA\n", FERRY_FORMAT_RGBA},
        {3, "", FERRY_FORMAT_RGB24},
        {3, "TUPLTYPE  RGB \r\n", FERRY_FORMAT_RGB24},
        {4, "TUPLTYPE RGB_ALPHA\n# a comment\n\n", FERRY_FORMAT_RGBA},
        {4, "", FERRY_FORMAT_RGBA},
        {4, "TUPLTYPE\n", FERRY_FORMAT_RGBA},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error;
        if (decode(known[i].lines, known[i].depth, &image, &error) != FERRY_OK)
            fail_msg("%s: %s", known[i].lines, error.message);
        assert_int_equal(image.info.format, known[i].format);
        assert_int_equal(image.pixels[0], 'a');
        ferry_image_free(&image);
    }
}

/* Inks, and what else there may be, are no RGB. */
static void others_are_refused(void **state) {
    (void)state;
    static const char *const others[] = {"CMYK", "CMYK_ALPHA", "HSV", "RGBX", "RGB_ALPHAS", "RG"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char line[64];
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error;
        snprintf(line, sizeof line, "TUPLTYPE %s\n", others[i]);
        assert_int_equal(decode(line, 4, &image, &error), FERRY_UNREADABLE);
        if (strstr(error.message, "only PAM in gray or RGB") == NULL)
            fail_msg("%s", error.message);
        assert_null(image.pixels);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_what_their_number_says),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
