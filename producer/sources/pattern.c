/* The moving test picture. The background is drawn once, in rgb24, and converted to the wanted
 * format. For each frame it is copied into the slot, and the moving parts are drawn on top, in the
 * wanted format. That is cheap, and equals a conversion of the whole picture: all moving parts lie
 * on even coordinates and share no chroma sample with the background. */
#include "sources/source.h"

#include <stdlib.h>
#include <string.h>

#include <frameferry/convert.h>
#include <frameferry/frame.h>
#include <frameferry/image.h>

#include "host/inside.h"
#include "shared/message.h"
#include "shared/parse.h"
#include "shared/text.h"
#include "shared/yuv.h"

/* With 4 bytes a pixel this makes 1 GiB, as much as a picture from a file may have. */
#define PATTERN_MAX_SIDE 16384

#define CELL_BYTES_MAX 8 /* of rgb48le: 6 */

#define DIGITS_MIN 6
#define DIGITS_MAX 20
#define DIGIT_COLUMNS 3
#define DIGIT_ROWS 5

/* Three bits a row, from the top; in each the leftmost column is the highest bit. */
static const uint16_t digit_shapes[10] = {075557, 026227, 071747, 071717, 055711,
                                          074717, 074757, 071111, 075757, 075717};

typedef enum ink { INK_BLACK, INK_WHITE, INK_COUNT } ink;

/* The smallest piece of a plane that can be written by itself. */
typedef struct cell {
    int32_t columns; /* pixels that it covers */
    int32_t rows;
    uint32_t bytes;
} cell;

typedef struct pattern {
    source base;
    ferry_image background;
    ferry_layout layout;
    cell cells[FERRY_PLANES_MAX];
    uint8_t inks[INK_COUNT][FERRY_PLANES_MAX][CELL_BYTES_MAX]; /* a cell of each plane */
    uint64_t number;
} pattern;

typedef struct rectangle {
    int32_t x; /* all of them even */
    int32_t y;
    int32_t width;
    int32_t height;
} rectangle;

bool pattern_parse(const char *text, pattern_request *out) {
    const char *size = text + strlen(PATTERN_PREFIX);
    const char *by = strchr(size, 'x');
    const char *colon = strchr(size, ':');
    const char *end = colon != NULL ? colon : size + strlen(size);
    char columns[8] = "";
    char rows[8] = "";
    if (by != NULL && by < end && by - size < (int)sizeof columns &&
        end - by - 1 < (int)sizeof rows) {
        memcpy(columns, size, (size_t)(by - size));
        memcpy(rows, by + 1, (size_t)(end - by - 1));
    }
    uint64_t width = 0;
    uint64_t height = 0;
    if (!app_parse_whole(columns, 1, PATTERN_MAX_SIDE, &width) ||
        !app_parse_whole(rows, 1, PATTERN_MAX_SIDE, &height)) {
        app_message_usage("\"%s\": a pattern is written pattern:WxH[:FORMAT], such as "
                          "pattern:640x480, with up to %d pixels each way",
                          text, PATTERN_MAX_SIDE);
        return false;
    }
    *out = (pattern_request){.width = (int32_t)width, .height = (int32_t)height};
    if (colon == NULL)
        return true;
    out->format = app_text_find_format(colon + 1);
    if (out->format != 0)
        return true;
    char formats[APP_TEXT_FORMATS_BYTES];
    app_text_formats(formats);
    app_message_usage("\"%s\": unknown pixel format; there are %s", text, formats);
    return false;
}

/* A plane's cell is what the planes of the smallest picture consist of; it covers two columns, or
 * two rows, if a picture of two takes no more. */
static ferry_status set_cells(pattern *p, uint32_t format) {
    ferry_layout one, wide, high;
    ferry_status status = ferry_layout_compute(&one, format, 1, 1, 0);
    if (status == FERRY_OK)
        status = ferry_layout_compute(&wide, format, 2, 1, 0);
    if (status == FERRY_OK)
        status = ferry_layout_compute(&high, format, 1, 2, 0);
    for (uint32_t k = 0; status == FERRY_OK && k < one.plane_count; k++)
        p->cells[k] = (cell){.columns = wide.planes[k].row_bytes == one.planes[k].row_bytes ? 2 : 1,
                             .rows = high.planes[k].rows == 1 ? 2 : 1,
                             .bytes = one.planes[k].row_bytes};
    return status;
}

static void put(uint8_t *pixel, uint8_t red, uint8_t green, uint8_t blue) {
    pixel[0] = red;
    pixel[1] = green;
    pixel[2] = blue;
}

/* Colour bars at three quarters of full strength, and below them a ramp from black to white. */
static void draw_background(uint8_t *pixels, int32_t width, int32_t height) {
    size_t row_bytes = (size_t)width * 3;
    int32_t bar_rows = height - height / 4;
    for (int32_t x = 0; x < width; x++) {
        int bar = (int)((int64_t)x * 8 / width);
        put(pixels + 3 * (size_t)x, (bar & 2) == 0 ? 191 : 0, (bar & 4) == 0 ? 191 : 0,
            (bar & 1) == 0 ? 191 : 0);
    }
    for (int32_t y = 1; y < bar_rows; y++)
        memcpy(pixels + row_bytes * (size_t)y, pixels, row_bytes);
    uint8_t *ramp = pixels + row_bytes * (size_t)bar_rows;
    for (int32_t x = 0; x < width && bar_rows < height; x++) {
        uint8_t level = (uint8_t)((int64_t)x * 255 / (width > 1 ? width - 1 : 1));
        put(ramp + 3 * (size_t)x, level, level, level);
    }
    for (int32_t y = bar_rows + 1; y < height; y++)
        memcpy(pixels + row_bytes * (size_t)y, ramp, row_bytes);
}

/* Converts a picture in rgb24 without padding. Only YUV has a matrix and a range. */
static ferry_status convert(ferry_image *out, const uint8_t *pixels, const pattern_request *r,
                            int32_t width, int32_t height, ferry_error *error) {
    ferry_frame_info info = {.width = width, .height = height, .format = FERRY_FORMAT_RGB24};
    info.bit_count = ferry_format_bit_count(info.format);
    info.stride_bytes = (uint32_t)width * 3;
    info.length_bytes = info.stride_bytes * (uint32_t)height;
    if (app_yuv_is(r->format)) {
        info.color_matrix = FERRY_MATRIX_BT601;
        info.color_range = FERRY_RANGE_LIMITED;
        app_yuv_say(&r->yuv, &info);
    }
    return ferry_image_convert(&info, pixels, r->format, out, error);
}

static ferry_status make_background(pattern *p, const pattern_request *r, ferry_error *error) {
    uint8_t *pixels = malloc((size_t)r->width * (size_t)r->height * 3);
    if (pixels == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    draw_background(pixels, r->width, r->height);
    ferry_status status = convert(&p->background, pixels, r, r->width, r->height, error);
    free(pixels);
    return status;
}

/* A 2 x 2 picture of one colour holds a cell of each plane, in any format. */
static ferry_status make_inks(pattern *p, const pattern_request *r, ferry_error *error) {
    static const uint8_t levels[INK_COUNT] = {[INK_BLACK] = 0, [INK_WHITE] = 255};
    ferry_image small = FERRY_IMAGE_INIT;
    ferry_layout layout;
    ferry_status status = ferry_layout_compute(&layout, r->format, 2, 2, 0);
    for (int i = 0; i < INK_COUNT && status == FERRY_OK; i++) {
        uint8_t pixels[2 * 2 * 3];
        memset(pixels, levels[i], sizeof pixels);
        status = convert(&small, pixels, r, 2, 2, error);
        for (uint32_t k = 0; k < layout.plane_count && status == FERRY_OK; k++)
            memcpy(p->inks[i][k], small.pixels + layout.planes[k].offset_bytes, p->cells[k].bytes);
    }
    ferry_image_free(&small);
    return status;
}

static int32_t smaller(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static void fill_plane(const ferry_plane *plane, const cell *c, const uint8_t *value,
                       uint8_t *pixels, int32_t left, int32_t top, int32_t right, int32_t bottom) {
    for (int32_t y = top / c->rows; y < (bottom + c->rows - 1) / c->rows; y++) {
        uint8_t *row = pixels + plane->offset_bytes + (size_t)y * plane->stride_bytes;
        for (int32_t x = left / c->columns; x < (right + c->columns - 1) / c->columns; x++)
            memcpy(row + (size_t)x * c->bytes, value, c->bytes);
    }
}

/* Cuts the rectangle at the picture's edges and fills it. */
static void fill(const pattern *p, uint8_t *pixels, rectangle r, ink colour) {
    int32_t right = smaller(r.x + r.width, p->background.info.width);
    int32_t bottom = smaller(r.y + r.height, p->background.info.height);
    if (r.x >= right || r.y >= bottom)
        return;
    for (uint32_t k = 0; k < p->layout.plane_count; k++)
        fill_plane(&p->layout.planes[k], &p->cells[k], p->inks[colour][k], pixels, r.x, r.y, right,
                   bottom);
}

static int32_t even(int32_t value) {
    return value & ~1;
}

static int32_t at_least_two(int32_t value) {
    return value < 2 ? 2 : even(value);
}

/* The position after a number of steps to and fro between 0 and range. */
static int32_t swing(uint64_t steps, int32_t step, int32_t range) {
    if (range < 2)
        return 0;
    uint64_t cycle = 2 * (uint64_t)range;
    uint64_t at = (steps % cycle) * (uint64_t)step % cycle;
    return even((int32_t)(at <= (uint64_t)range ? at : cycle - at));
}

static void draw_box(const pattern *p, uint8_t *pixels) {
    int32_t width = p->background.info.width;
    int32_t height = p->background.info.height;
    int32_t side = at_least_two(smaller(width, height) / 5);
    rectangle box = {.x = swing(p->number - 1, at_least_two(width / 120), width - side),
                     .y = swing(p->number - 1, at_least_two(height / 180), height - side),
                     .width = side,
                     .height = side};
    fill(p, pixels, box, INK_WHITE);
}

static void draw_digit(const pattern *p, uint8_t *pixels, unsigned digit, int32_t x, int32_t y,
                       int32_t unit) {
    unsigned bit = 1u << (DIGIT_COLUMNS * DIGIT_ROWS - 1);
    for (int32_t row = 0; row < DIGIT_ROWS; row++)
        for (int32_t column = 0; column < DIGIT_COLUMNS; column++, bit >>= 1)
            if ((digit_shapes[digit] & bit) != 0)
                fill(
                    p, pixels,
                    (rectangle){
                        .x = x + column * unit, .y = y + row * unit, .width = unit, .height = unit},
                    INK_WHITE);
}

/* The number in the upper left corner, white on black, with a margin of one unit all around. */
static void draw_number(const pattern *p, uint8_t *pixels) {
    int32_t unit =
        at_least_two(smaller(p->background.info.height / 40, p->background.info.width / 40));
    unsigned digits[DIGITS_MAX];
    int32_t count = 0;
    for (uint64_t rest = p->number; rest > 0 || count < DIGITS_MIN; rest /= 10)
        digits[count++] = (unsigned)(rest % 10);
    int32_t step = (DIGIT_COLUMNS + 1) * unit;
    rectangle panel = {
        .x = unit, .y = unit, .width = count * step + unit, .height = (DIGIT_ROWS + 2) * unit};
    fill(p, pixels, panel, INK_BLACK);
    for (int32_t i = 0; i < count; i++)
        draw_digit(p, pixels, digits[count - 1 - i], panel.x + unit + i * step, panel.y + unit,
                   unit);
}

static bool pattern_next(source *self, ferry_image *into) {
    pattern *p = (pattern *)self;
    p->number++;
    into->info = p->background.info;
    return true;
}

static void pattern_draw(source *self, uint8_t *pixels) {
    const pattern *p = (const pattern *)self;
    memcpy(pixels, p->background.pixels, p->layout.length_bytes);
    draw_box(p, pixels);
    draw_number(p, pixels);
}

static void pattern_close(source *self) {
    pattern *p = (pattern *)self;
    ferry_image_free(&p->background);
    free(p);
}

ferry_status source_open_pattern(source **out, const pattern_request *request, ferry_error *error) {
    pattern *p = calloc(1, sizeof *p);
    if (p == NULL)
        return ferryi_fail(error, FERRY_NO_MEMORY, 0, "out of memory");
    p->base = (source){.live = true,
                       .rate = {.seconds = 1},
                       .next = pattern_next,
                       .draw = pattern_draw,
                       .close = pattern_close};
    ferry_status status = set_cells(p, request->format);
    if (status == FERRY_OK)
        status =
            ferry_layout_compute(&p->layout, request->format, request->width, request->height, 0);
    if (status == FERRY_OK)
        status = make_background(p, request, error);
    if (status == FERRY_OK)
        status = make_inks(p, request, error);
    if (status != FERRY_OK) {
        pattern_close(&p->base);
        return status;
    }
    *out = &p->base;
    return FERRY_OK;
}
