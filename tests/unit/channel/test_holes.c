/* Objects that another program has only given a length, in a /dev/shm that is full: nothing of them
 * may be touched that has no memory yet. No guard is installed here. */
#define _GNU_SOURCE /* pipe2, unshare */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plain_peer.h"
#include "process_support.h"
#include "small_room.h"

enum { KIB = 1024, BLOCK_BYTES = 21 * 4096 /* which ours are behind the memory of others */ };

static void make_hole(const char *name, uint64_t bytes) {
    char path[PATH_BYTES];
    int descriptor = open(shm_path(path, name), O_CREAT | O_EXCL | O_WRONLY, 0600);
    CHILD_CHECK(descriptor >= 0 && ftruncate(descriptor, (off_t)bytes) == 0);
    close(descriptor);
}

static void attach_to_holes(const void *argument) {
    (void)argument;
    static const uint64_t sizes[] = {4096, BLOCK_BYTES, PEER_BYTES, PEER_BYTES + BLOCK_BYTES};
    char name[NAME_BYTES], path[PATH_BYTES];
    ferry_error error = {0};
    make_room("1m");
    shm_path(path, own_name(name, "hole"));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        make_hole(name, sizes[i]);
        fill_room(0);
        CHILD_CHECK(try_consumer(name, &error) == FERRY_FOREIGN);
        CHILD_CHECK(strstr(error.message, name) != NULL);
        CHILD_CHECK(strstr(error.message, "damaged") == NULL);
        empty_room();
        fill_room(256 * KIB); /* for what the producer makes before it looks at what is there */
        ferry_status status = try_producer(name, FERRY_DIALECT_NATIVE, &error);
        CHILD_CHECK(status == FERRY_FOREIGN);
        status = try_producer(name, FERRY_DIALECT_BASEIMAGE, &error);
        CHILD_CHECK(status == (sizes[i] < PEER_BYTES ? FERRY_FOREIGN : FERRY_OK));
        empty_room();
        CHILD_CHECK(unlink(path) == 0);
        peer_remove(name); /* the event, which a producer leaves beside another program's object */
    }
}

static void test_attaching_touches_nothing(void **state) {
    (void)state;
    run(attach_to_holes);
}

static void meet_a_consumers_object(const void *argument) {
    (void)argument;
    char name[NAME_BYTES], beside[NAME_BYTES + 16];
    make_room("1m");
    own_name(name, "beside");
    snprintf(beside, sizeof beside, "%s~consumers", name);
    make_hole(beside, 64 * KIB);
    fill_room(BLOCK_BYTES + 12 * KIB); /* what the producer takes first */
    CHILD_CHECK(try_producer(name, FERRY_DIALECT_NATIVE, NULL) == FERRY_FOREIGN);
    CHILD_CHECK(try_producer(name, FERRY_DIALECT_BASEIMAGE, NULL) == FERRY_FOREIGN);
}

static void test_a_consumers_object_that_is_a_hole(void **state) {
    (void)state;
    run(meet_a_consumers_object);
}

static void take_over_a_hole(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    ferry_error error = {0};
    make_room("1m");
    make_hole(own_name(name, "over"), PEER_BYTES);
    for (uint64_t left = 0; left <= BLOCK_BYTES; left += 4096) {
        fill_room(left);
        CHILD_CHECK(try_producer(name, FERRY_DIALECT_BASEIMAGE, &error) == FERRY_NO_SPACE);
        CHILD_CHECK(strlen(error.message) > 20);
        empty_room();
    }
    fill_room(BLOCK_BYTES + 36 * KIB);
    ferry_producer *producer = make_dialect(name);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    ferry_frame_info info = {.width = 400, .height = 400, .format = FERRY_FORMAT_GRAY};
    ferry_claim claim;
    CHILD_CHECK(ferry_producer_claim(producer, &info, &claim, NULL) == FERRY_NO_SPACE);
    ferry_producer_close(&producer);
}

static void test_taking_over_says_what_is_missing(void **state) {
    (void)state;
    run(take_over_a_hole);
}

/* ---- a sender that knows nothing of us ---- */

static ferry_consumer *open_bare(const char *name, bool bottom_up) {
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.bare_bottom_up = bottom_up;
    ferry_consumer *consumer = NULL;
    CHILD_CHECK(ferry_consumer_open(&consumer, &options, NULL) == FERRY_OK);
    return consumer;
}

/* It dies, or just has black pixels: what it never wrote has no memory. */
static void receive_half_a_picture(const void *argument) {
    (void)argument;
    enum { STRIDE = 4096, ROWS = 40, WRITTEN = 3 };
    static const plain_header header = {
        .length = STRIDE * ROWS, .width = STRIDE, .height = ROWS, .bit_count = 8};
    char name[NAME_BYTES];
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    make_room("1m");
    CHILD_CHECK(peer_open(&peer, own_name(name, "half"), true));
    for (int bottom_up = 0; bottom_up < 2; bottom_up++) {
        ferry_consumer *consumer = open_bare(name, bottom_up != 0);
        memcpy(peer.base, &header, sizeof header);
        memset(peer.base + PEER_HEADER, 7, WRITTEN * STRIDE);
        fill_room(0);
        sem_post(peer.event);
        CHILD_CHECK(ferry_consumer_copy(consumer, STUCK_NS, &image, NULL) == FERRY_OK);
        CHILD_CHECK(image.info.length_bytes == STRIDE * ROWS);
        for (int y = 0; y < ROWS; y++)
            for (int x = 0; x < STRIDE; x++) {
                int row = bottom_up ? ROWS - 1 - y : y;
                CHILD_CHECK(image.pixels[y * STRIDE + x] == (row < WRITTEN ? 7 : 0));
            }
        CHILD_CHECK(room_left() == 0); /* nothing was taken for what is not there */
        empty_room();
        ferry_consumer_close(&consumer);
    }
    ferry_image_free(&image);
    peer_close(&peer);
}

static void test_a_picture_that_was_never_written_whole(void **state) {
    (void)state;
    run(receive_half_a_picture);
}

static void receive_nothing(const void *argument) {
    (void)argument;
    char name[NAME_BYTES];
    plain_peer peer;
    ferry_image image = FERRY_IMAGE_INIT;
    make_room("1m");
    CHILD_CHECK(peer_open(&peer, own_name(name, "nothing"), true));
    ferry_consumer *consumer = open_bare(name, false);
    fill_room(0);
    sem_post(peer.event);
    CHILD_CHECK(ferry_consumer_copy(consumer, 0, &image, NULL) == FERRY_TIMEOUT);
    ferry_consumer_close(&consumer);
    peer_close(&peer);
}

static void test_an_event_without_any_picture(void **state) {
    (void)state;
    run(receive_nothing);
}

static void meet_an_event(const void *argument) {
    (void)argument;
    char name[NAME_BYTES], event[NAME_BYTES + 16];
    make_room("1m");
    own_name(name, "event");
    snprintf(event, sizeof event, "sem.%sMutex", name);
    make_hole(name, PEER_BYTES);
    make_hole(event, sizeof(sem_t));
    fill_room(0);
    CHILD_CHECK(try_consumer(name, NULL) == FERRY_NO_SPACE);
    empty_room();
    CHILD_CHECK(try_consumer(name, NULL) == FERRY_OK);
}

static void test_an_event_that_is_a_hole(void **state) {
    (void)state;
    run(meet_an_event);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_attaching_touches_nothing, clean_up),
        cmocka_unit_test_teardown(test_a_consumers_object_that_is_a_hole, clean_up),
        cmocka_unit_test_teardown(test_taking_over_says_what_is_missing, clean_up),
        cmocka_unit_test_teardown(test_a_picture_that_was_never_written_whole, clean_up),
        cmocka_unit_test_teardown(test_an_event_without_any_picture, clean_up),
        cmocka_unit_test_teardown(test_an_event_that_is_a_hole, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
