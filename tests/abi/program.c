/* A whole stream through the library of now, by a program that knows the older headers. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <frameferry/frameferry.h>
#include <frameferry/notes.h>

#include "sizes.h"

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

enum { AROUND = 256, MARK = 0xa5 };

/* A structure between bytes that the library must not touch. */
#define GUARDED(type)                                                                              \
    struct {                                                                                       \
        uint8_t before[AROUND];                                                                    \
        type value;                                                                                \
        uint8_t after[AROUND];                                                                     \
    }
#define MARK_AROUND(guarded)                                                                       \
    (memset((guarded).before, MARK, AROUND), memset((guarded).after, MARK, AROUND))
#define IS_UNTOUCHED(guarded) (is_marked((guarded).before) && is_marked((guarded).after))

static int is_marked(const uint8_t *bytes) {
    for (int i = 0; i < AROUND; i++)
        if (bytes[i] != MARK)
            return 0;
    return 1;
}

static void compare_sizes(void) {
    size_t i = 0;
    for (; abi_sizes_older[i].type != NULL && abi_sizes_now[i].type != NULL; i++) {
        if (abi_sizes_older[i].bytes != abi_sizes_now[i].bytes)
            fprintf(stderr, "%s had %zu bytes and has %zu\n", abi_sizes_older[i].type,
                    abi_sizes_older[i].bytes, abi_sizes_now[i].bytes);
        MUST(strcmp(abi_sizes_older[i].type, abi_sizes_now[i].type) == 0);
        MUST(abi_sizes_older[i].bytes == abi_sizes_now[i].bytes);
    }
    MUST(abi_sizes_older[i].type == NULL && abi_sizes_now[i].type == NULL);
}

/* The options end where the older headers end them; what follows in memory is no option. */
static ferry_producer *create(const char *name) {
    GUARDED(ferry_producer_options) options = {.value = FERRY_PRODUCER_OPTIONS_INIT};
    ferry_producer *producer = NULL;
    MARK_AROUND(options);
    options.value.name = name;
    options.value.slots = 4;
    MUST(ferry_producer_create(&producer, &options.value, NULL) == FERRY_OK);
    MUST(IS_UNTOUCHED(options));
    return producer;
}

static ferry_consumer *open_every(const char *name) {
    GUARDED(ferry_consumer_options) options = {.value = FERRY_CONSUMER_OPTIONS_INIT};
    ferry_consumer *consumer = NULL;
    MARK_AROUND(options);
    options.value.name = name;
    options.value.delivery = FERRY_DELIVERY_EVERY;
    options.value.wait_ns = 0;
    MUST(ferry_consumer_open(&consumer, &options.value, NULL) == FERRY_OK);
    MUST(IS_UNTOUCHED(options));
    return consumer;
}

static void send_both_ways(ferry_producer *producer) {
    GUARDED(ferry_frame_info) info = {.value = FERRY_FRAME_INFO_INIT};
    GUARDED(ferry_claim) claim;
    uint64_t number = 0;
    uint8_t pixels[12] = {1, 2, 3};
    MARK_AROUND(info);
    MARK_AROUND(claim);
    info.value.width = 4;
    info.value.height = 3;
    info.value.format = FERRY_FORMAT_GRAY;
    info.value.flags = FERRY_FRAME_HAS_SEQUENCE;
    info.value.sequence = 41;
    MUST(ferry_notes_add(&info.value, "lens", "50 mm", NULL) == FERRY_OK);
    MUST(ferry_producer_claim(producer, &info.value, &claim.value, NULL) == FERRY_OK);
    memcpy(claim.value.pixels, pixels, sizeof pixels);
    MUST(ferry_producer_commit(producer, &claim.value, &number, NULL) == FERRY_OK && number == 1);
    MUST(ferry_producer_send(producer, &info.value, pixels, 0, &number, NULL) == FERRY_OK);
    MUST(number == 2 && IS_UNTOUCHED(info) && IS_UNTOUCHED(claim));
}

static void check_frame(const ferry_frame_info *info, const uint8_t *pixels, uint64_t number) {
    GUARDED(ferry_note) note;
    MARK_AROUND(note);
    MUST(info->number == number && info->width == 4 && info->height == 3);
    MUST(info->sequence == 41 && info->length_bytes == 12 && pixels[2] == 3);
    MUST(ferry_notes_find(info, "lens", &note.value) && strcmp(note.value.value, "50 mm") == 0);
    MUST(IS_UNTOUCHED(note));
}

static void receive_both_ways(ferry_consumer *consumer) {
    GUARDED(ferry_frame) frame;
    GUARDED(ferry_image) image = {.value = FERRY_IMAGE_INIT};
    MARK_AROUND(frame);
    MARK_AROUND(image);
    MUST(ferry_consumer_acquire(consumer, 0, &frame.value, NULL) == FERRY_OK);
    check_frame(&frame.value.info, frame.value.pixels, 1);
    MUST(ferry_consumer_release(consumer, &frame.value) == FERRY_OK);
    MUST(ferry_consumer_copy(consumer, 0, &image.value, NULL) == FERRY_OK);
    check_frame(&image.value.info, image.value.pixels, 2);
    ferry_image_free(&image.value);
    MUST(IS_UNTOUCHED(frame) && IS_UNTOUCHED(image));
}

static void look(ferry_producer *producer, ferry_consumer *consumer) {
    GUARDED(ferry_producer_counters) sent;
    GUARDED(ferry_consumer_counters) received;
    GUARDED(ferry_channel_info) channel;
    GUARDED(ferry_consumer_info) consumers[2];
    MARK_AROUND(sent);
    MARK_AROUND(received);
    MARK_AROUND(channel);
    MARK_AROUND(consumers[0]);
    ferry_producer_get_counters(producer, &sent.value);
    ferry_consumer_get_counters(consumer, &received.value);
    ferry_consumer_get_channel(consumer, &channel.value);
    MUST(ferry_producer_list_consumers(producer, &consumers[0].value, 1) == 1);
    MUST(sent.value.published == 2 && received.value.received == 2);
    MUST(channel.value.slots == 4 && channel.value.hold_limit == 2);
    MUST(consumers[0].value.received == 2);
    MUST(IS_UNTOUCHED(sent) && IS_UNTOUCHED(received) && IS_UNTOUCHED(channel));
    MUST(IS_UNTOUCHED(consumers[0]));
}

int main(int argc, char **argv) {
    MUST(argc == 2); /* a channel's name that nobody else has */
    compare_sizes();
    ferry_producer *producer = create(argv[1]);
    ferry_consumer *consumer = open_every(argv[1]);
    send_both_ways(producer);
    receive_both_ways(consumer);
    look(producer, consumer);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    puts("a program of the older headers works with this library");
    return 0;
}
