/* Reading pictures: ferry_image_decode beside plain stb_image, of the same bytes in memory; and
 * making JPEG: ferry_image_encode beside ferry_image_convert and plain stb_image_write.
 *
 *   ferry-bench-decode [FILE...]      # about ten seconds for each file or format
 *
 * Without a file it makes pictures of 1920 x 1080 that have the smoothness of photographs with some
 * noise, as JPEG of quality 90 and as PNG, and JPEG of them in several formats. The two take turns,
 * and the ratio is the median over all turns: a disturbance hits both. */
#define _GNU_SOURCE
#include "decode_stb.h"

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TURNS_MAX = 301, WIDTH = 1920, HEIGHT = 1080 };
static const double seconds_a_file = 10;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values, int count) {
    double sorted[TURNS_MAX];
    memcpy(sorted, values, (size_t)count * sizeof *values);
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    return sorted[count / 2];
}

static uint8_t *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    long size = 0;
    uint8_t *bytes = NULL;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) > 0 &&
        fseek(file, 0, SEEK_SET) == 0)
        bytes = malloc((size_t)size);
    bool read = bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size;
    if (file != NULL)
        fclose(file);
    *length = (size_t)size;
    if (!read)
        fprintf(stderr, "ferry-bench-decode: cannot read %s\n", path);
    return read ? bytes : NULL;
}

typedef struct turns {
    double ours[TURNS_MAX], theirs[TURNS_MAX], ratios[TURNS_MAX], end;
    int count;
} turns;

static turns measured;

static void begin_turns(void) {
    measured.count = 0;
    measured.end = now_ms() + seconds_a_file * 1e3;
}

static bool another_turn(void) {
    return measured.count < TURNS_MAX && (now_ms() < measured.end || measured.count < 3);
}

static void end_turn(double begin, double between, bool theirs_worked) {
    int i = measured.count++;
    measured.ours[i] = between - begin;
    measured.theirs[i] = now_ms() - between;
    measured.ratios[i] = theirs_worked ? measured.theirs[i] / measured.ours[i] : 0;
}

static void print_turns(const char *label, const ferry_frame_info *info) {
    const turns *t = &measured;
    printf("%-28s %5d x %-5d %9.2f %9.2f %8.2f %6d\n", label, info->width, info->height,
           median(t->ours, t->count), median(t->theirs, t->count), median(t->ratios, t->count),
           t->count);
}

static int fail(const ferry_error *error) {
    fprintf(stderr, "ferry-bench-decode: %s\n", error->message);
    return 1;
}

static int measure(const char *path, const char *label) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error;
    size_t length;
    uint8_t *bytes = read_file(path, &length);
    if (bytes == NULL)
        return 1;
    begin_turns();
    while (another_turn()) {
        double begin = now_ms();
        if (ferry_image_decode(bytes, length, path, NULL, &image, &error) != FERRY_OK)
            return fail(&error);
        double between = now_ms();
        end_turn(begin, between, bench_decode_stb(bytes, length));
    }
    print_turns(label, &image.info);
    ferry_image_free(&image);
    free(bytes);
    return 0;
}

/* ---- making JPEG ---- */

/* As a program would do it that has stb_image_write alone. */
static bool encode_by_stb(const ferry_image *image) {
    static ferry_image rgb = FERRY_IMAGE_INIT; /* keeps its memory from turn to turn */
    return ferry_image_convert(&image->info, image->pixels, FERRY_FORMAT_RGB24, &rgb, NULL) ==
               FERRY_OK &&
           bench_encode_stb(rgb.pixels, rgb.info.width, rgb.info.height) > 0;
}

static int measure_encoding(const ferry_frame_info *info, const uint8_t *pixels, uint32_t format) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    ferry_error error;
    char label[64];
    snprintf(label, sizeof label, "to JPEG: %s%s", ferry_format_name(format),
             info->color_matrix == FERRY_MATRIX_BT709 ? ", BT.709" : "");
    if (ferry_image_convert(info, pixels, format, &image, &error) != FERRY_OK)
        return fail(&error);
    begin_turns();
    while (another_turn()) {
        double begin = now_ms();
        if (ferry_image_encode("a.jpg", &image.info, image.pixels, NULL, &file, &error) != FERRY_OK)
            return fail(&error);
        double between = now_ms();
        end_turn(begin, between, encode_by_stb(&image));
    }
    print_turns(label, info);
    ferry_image_free(&image);
    ferry_image_file_free(&file);
    return 0;
}

static int measure_encodings(const ferry_frame_info *info, const uint8_t *pixels) {
    ferry_frame_info hd = *info;
    hd.color_matrix = FERRY_MATRIX_BT709;
    return measure_encoding(info, pixels, FERRY_FORMAT_RGB24) |
           measure_encoding(info, pixels, FERRY_FORMAT_YUV420P) |
           measure_encoding(&hd, pixels, FERRY_FORMAT_NV12) |
           measure_encoding(info, pixels, FERRY_FORMAT_GRAY);
}

/* Waves of several lengths, and noise as a sensor has it. */
static void draw(uint8_t *pixels) {
    uint32_t random = 1;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                random = random * 1664525u + 1013904223u;
                double wave =
                    sin(x * 0.004 * (c + 1)) + sin(y * 0.007 + c) + 0.5 * sin(x * y * 0.00002);
                *pixels++ = (uint8_t)(128 + 40 * wave + (double)(random >> 30) - 1.5);
            }
}

static int measure_made(const char *folder) {
    static const char *const names[] = {"picture.jpg", "picture.png"};
    static uint8_t pixels[WIDTH * HEIGHT * 3];
    ferry_frame_info info = {.width = WIDTH,
                             .height = HEIGHT,
                             .format = FERRY_FORMAT_RGB24,
                             .bit_count = 24,
                             .stride_bytes = WIDTH * 3,
                             .length_bytes = sizeof pixels};
    ferry_error error;
    int failed = 0;
    draw(pixels);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (ferry_image_save(path, &info, pixels, NULL, &error) != FERRY_OK)
            return fail(&error);
        failed |= measure(path, names[i]);
        unlink(path);
    }
    return failed | measure_encodings(&info, pixels);
}

int main(int count, char **arguments) {
    int failed = 0;
    printf("%-28s %13s %9s %9s %8s %6s\n", "", "pixels", "ours ms", "stb ms", "x stb", "turns");
    for (int i = 1; i < count; i++)
        failed |= measure(arguments[i], strrchr(arguments[i], '/') ? strrchr(arguments[i], '/') + 1
                                                                   : arguments[i]);
    if (count > 1)
        return failed;
    char folder[] = "/tmp/ferry-bench-decode-XXXXXX";
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 1;
    }
    failed = measure_made(folder);
    rmdir(folder);
    return failed;
}
