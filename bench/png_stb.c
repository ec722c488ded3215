/* The mark for saving PNG: plain stb_image_write, as its users call it.
 *
 *   png_stb FRAMES COUNT PROCESSES FOLDER
 *
 * FRAMES is a file of frames of 1920 x 1080 in bgr24. Writes COUNT pictures, from the first frame
 * again after the last one, with so many processes at once, and prints the milliseconds that it
 * took. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image_write.h>

enum { WIDTH = 1920, HEIGHT = 1080, FRAME_BYTES = WIDTH * HEIGHT * 3 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void save(const uint8_t *frame, const char *folder, int number) {
    static uint8_t rgb[FRAME_BYTES];
    char path[4096];
    for (size_t i = 0; i < FRAME_BYTES; i += 3) {
        rgb[i] = frame[i + 2];
        rgb[i + 1] = frame[i + 1];
        rgb[i + 2] = frame[i];
    }
    snprintf(path, sizeof path, "%s/%06d.png", folder, number);
    if (!stbi_write_png(path, WIDTH, HEIGHT, 3, rgb, 0)) {
        fprintf(stderr, "png_stb: cannot write %s\n", path);
        _exit(1);
    }
}

int main(int count, char **arguments) {
    struct stat info;
    int frames = count == 5 ? open(arguments[1], O_RDONLY) : -1;
    if (frames < 0 || fstat(frames, &info) != 0 || info.st_size < FRAME_BYTES) {
        fprintf(stderr, "usage: png_stb FRAMES COUNT PROCESSES FOLDER\n");
        return 2;
    }
    size_t bytes = (size_t)info.st_size, in_file = bytes / FRAME_BYTES;
    const uint8_t *pixels = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, frames, 0);
    int wanted = atoi(arguments[2]), processes = atoi(arguments[3]);
    if (pixels == MAP_FAILED)
        return 1;
    double begin = now_ms();
    for (int p = 0; p < processes; p++)
        if (fork() == 0) {
            for (int i = p; i < wanted; i += processes)
                save(pixels + (size_t)i % in_file * FRAME_BYTES, arguments[4], i + 1);
            _exit(0);
        }
    int status, failed = 0;
    while (wait(&status) > 0)
        failed |= status != 0;
    printf("%.3f\n", now_ms() - begin);
    return failed;
}
