/* Looks at channels without being one of their consumers, so that nobody notices.
 *
 *     peek                  a line for each channel of this machine
 *     peek camera           all that there is to say about the channel "camera"
 *     peek camera --brightness    and the mean of the bytes of its newest frame
 *
 * Exit codes: 0 fine, 1 something failed, or there is no such channel; 2 wrong usage. */
#include <frameferry/frameferry.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ferry_peek found; /* a large one */

static void print_line(const char *name) {
    const char *format = found.has_newest ? ferry_format_name(found.newest.format) : NULL;
    printf("%-24s %-13s %5dx%-5d %-10s %8" PRIu64 " frames %4u consumers %8" PRIu64 " KiB\n", name,
           ferry_peek_state_text(found.state), (int)found.newest.width, (int)found.newest.height,
           format != NULL ? format : "-", found.head, (unsigned)found.consumer_count,
           found.memory_bytes / 1024);
}

static int list(void) {
    size_t count = 0, room;
    ferry_peek_name *names = NULL;
    ferry_error error;
    do { /* again when more of them have come meanwhile */
        room = count;
        free(names);
        names = calloc(room + 1, sizeof *names);
        if (names == NULL ||
            ferry_peek_list(names, room, &count, FERRY_PEEK_CHANNELS, &error) != FERRY_OK) {
            fprintf(stderr, "peek: %s\n", names == NULL ? "out of memory" : error.message);
            free(names);
            return 1;
        }
    } while (count > room);
    for (size_t i = 0; i < count; i++)
        if (ferry_peek_look(names[i].name, &found, NULL) == FERRY_OK) /* it may be gone by now */
            print_line(names[i].name);
    free(names);
    return 0;
}

static void print_consumer(const ferry_peek_consumer *c) {
    printf("consumer %u: %s, process %u, %s, %s, holds %u, received %" PRIu64 ", skipped %" PRIu64
           ", %" PRIu64 " behind\n",
           (unsigned)c->index, c->info.name, (unsigned)c->info.process_id,
           c->info.delivery == FERRY_DELIVERY_EVERY ? "every" : "latest",
           !c->is_alive   ? "dead"
           : c->is_asleep ? "asleep"
                          : "awake",
           (unsigned)c->info.held, c->info.received, c->info.skipped, c->info.lag);
}

static int show(const char *name, int wants_brightness) {
    ferry_error error;
    ferry_image image = FERRY_IMAGE_INIT;
    if (ferry_peek_look(name, &found, &error) != FERRY_OK)
        return fprintf(stderr, "peek: %s\n", error.message), 1;
    print_line(name);
    if (found.detail[0] != '\0')
        printf("%s\n", found.detail);
    if (found.has_block)
        printf("producer: %s, process %u, %u slots of %" PRIu64 " bytes, %" PRIu64 " dropped\n",
               found.producer.name, (unsigned)found.producer.process_id, (unsigned)found.slots,
               found.slot_bytes, found.dropped);
    for (uint32_t i = 0; i < found.consumer_count; i++)
        print_consumer(&found.consumer[i]);
    if (!wants_brightness)
        return 0;
    ferry_status status = ferry_peek_grab(name, &image, &error);
    if (status == FERRY_OK) {
        uint64_t sum = 0;
        for (uint32_t i = 0; i < image.info.length_bytes; i++)
            sum += image.pixels[i];
        printf("frame %" PRIu64 ": mean %.4f\n", image.info.number,
               (double)sum / (double)image.info.length_bytes);
    } else
        fprintf(stderr, "peek: %s\n", error.message);
    ferry_image_free(&image);
    return status == FERRY_OK ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc == 1)
        return list();
    if (argc == 2 || (argc == 3 && strcmp(argv[2], "--brightness") == 0))
        return show(argv[1], argc == 3);
    return fprintf(stderr, "usage: peek [CHANNEL [--brightness]]\n"), 2;
}
