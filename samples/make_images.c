/* Draws the pictures in images: a ferry that crosses the water while the sun goes over it.
 *
 *     make_images [FOLDER]      writes FOLDER/ferry-1.png to ferry-24.png
 *
 * Integers only, so that the pictures are the same on every machine. */
#include <frameferry/frame.h>
#include <frameferry/image.h>
#include <stdio.h>

enum { WIDTH = 160, HEIGHT = 120, FRAMES = 24, HORIZON = 72 };

static uint8_t pixels[HEIGHT][WIDTH][3];

static void put(int x, int y, uint32_t rgb) {
    if (x < 0 || x >= WIDTH || y < 0 || y >= HEIGHT)
        return;
    for (int i = 0; i < 3; i++)
        pixels[y][x][i] = (uint8_t)(rgb >> (16 - 8 * i));
}

static void box(int left, int top, int width, int height, uint32_t rgb) {
    for (int y = top; y < top + height; y++)
        for (int x = left; x < left + width; x++)
            put(x, y, rgb);
}

static void disc(int center_x, int center_y, int radius, int lowest, uint32_t rgb) {
    for (int y = -radius; y <= radius && center_y + y <= lowest; y++)
        for (int x = -radius; x <= radius; x++)
            if (x * x + y * y <= radius * radius + radius)
                put(center_x + x, center_y + y, rgb);
}

static void sky_and_sea(int frame) {
    int sun_x = 6 + frame * 148 / (FRAMES - 1), off = 2 * frame - FRAMES + 1;
    int sun_y = 18 + off * off * 52 / ((FRAMES - 1) * (FRAMES - 1)), low = off * off / 6;
    for (int y = 0; y < HORIZON; y++) /* the lower the sun, the redder the horizon */
        box(0, y, WIDTH, 1,
            (uint32_t)((90 + y + y * low / 150) << 16 | (160 + y / 2 - y * low / 300) << 8 |
                       (235 - y * low / 160)));
    disc(sun_x, sun_y, 10, HORIZON - 1, 0xfff0a0);
    disc(sun_x, sun_y, 8, HORIZON - 1, 0xffd040);
    for (int y = HORIZON; y < HEIGHT; y++) {
        box(0, y, WIDTH, 1, (uint32_t)((20 << 16) | ((110 - y / 2) << 8) | (190 - y / 2)));
        if (y % 5 != 0)
            continue;
        for (int x = 0; x < WIDTH; x++) { /* nearer waves are longer and move faster */
            int length = 10 + (y - HORIZON) / 2, shift = frame * (1 + (y - HORIZON) / 10) + y * 7;
            if ((x + shift) % (2 * length) < length / 2)
                put(x, y, x > sun_x - 12 && x < sun_x + 12 ? 0xffe090 : 0x4a9ad0);
        }
    }
}

static void boat(int frame) {
    static const int bob[] = {0, 1, 1, 2, 1, 1};
    int x = 4 + frame * 84 / (FRAMES - 1), y = 66 + bob[frame % 6];
    for (int puff = 0; puff < 4; puff++) /* smoke stays behind */
        disc(x + 17 - puff * 6 - frame % 3, y - 20 - puff * 4, 2 + puff, HEIGHT,
             (uint32_t)(0xb8c0c8 + puff * 0x080808));
    box(x + 16, y - 18, 7, 10, 0xd03028);
    box(x + 16, y - 15, 7, 3, 0xffffff);
    box(x + 10, y - 8, 38, 9, 0xf8f8f0);
    box(x + 36, y - 14, 11, 6, 0xf8f8f0);
    box(x + 38, y - 12, 8, 2, 0x305070);
    for (int i = 0; i < 6; i++)
        box(x + 13 + i * 6, y - 5, 3, 3, 0x305070);
    for (int row = 0; row < 12; row++) /* the bow leans forward, the stern a little back */
        box(x + row / 3, y + 1 + row, 66 - row - row / 3, 1, row < 8 ? 0x203868 : 0xa02820);
    box(x, y + 3, 62, 1, 0xf8f8f0);
}

static void number(int value) {
    static const uint16_t digits[] = {075557, 026227, 071747, 071717, 055711,
                                      074717, 074757, 071111, 075757, 075717};
    for (int right = WIDTH - 6; value > 0; value /= 10, right -= 16)
        for (int bit = 0; bit < 15; bit++)
            if ((digits[value % 10] >> (14 - bit) & 1) != 0)
                box(right - 12 + bit % 3 * 4, HEIGHT - 26 + bit / 3 * 4, 4, 4, 0xffffff);
}

int main(int argc, char **argv) {
    const ferry_frame_info info = {.width = WIDTH, .height = HEIGHT, .format = FERRY_FORMAT_RGB24};
    for (int frame = 0; frame < FRAMES; frame++) {
        char path[4096];
        ferry_error error;
        snprintf(path, sizeof path, "%s/ferry-%d.png", argc > 1 ? argv[1] : ".", frame + 1);
        sky_and_sea(frame);
        boat(frame);
        number(frame + 1);
        if (ferry_image_save(path, &info, &pixels[0][0][0], NULL, &error) != FERRY_OK) {
            fprintf(stderr, "make_images: %s\n", error.message);
            return 1;
        }
    }
    return 0;
}
