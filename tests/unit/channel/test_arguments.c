/* What every public call makes of NULL and of negative times: one rule for all, which status.h has.
 * The sentence has the name of the argument, and nothing has changed.
 * tests/headers/check_arguments.py sees that no call is left out. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <frameferry/bury.h>
#include <frameferry/child.h>
#include <frameferry/consumer.h>
#include <frameferry/convert.h>
#include <frameferry/guard.h>
#include <frameferry/image.h>
#include <frameferry/notes.h>
#include <frameferry/peek.h>
#include <frameferry/port.h>
#include <frameferry/producer.h>

#include "channel_support.h"

static char name[NAME_BYTES];
static ferry_error error;

/* A failure whose sentence begins with the argument's name. */
static void assert_refused(ferry_status status, const char *argument) {
    size_t length = strlen(argument);
    assert_int_equal(status, FERRY_INVALID_ARGUMENT);
    assert_int_equal(error.status, FERRY_INVALID_ARGUMENT);
    if (strncmp(error.message, argument, length) != 0 || error.message[length] != ' ')
        fail_msg("%s: \"%s\" does not say so", argument, error.message);
    error = (ferry_error)FERRY_ERROR_INIT;
}

/* The same without a place for the sentence, for calls that have none. */
static void assert_invalid(ferry_status status) {
    assert_int_equal(status, FERRY_INVALID_ARGUMENT);
}

static const int64_t negative_times[] = {-1, -FERRY_SECOND_NS, INT64_MIN};
enum { NEGATIVE_TIMES = sizeof negative_times / sizeof negative_times[0] };

/* ---- both ends ---- */

static void test_a_producer_of_null(void **state) {
    (void)state;
    ferry_producer *producer = NULL;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    ferry_frame_info info = small_info();
    ferry_claim claim = FERRY_CLAIM_INIT;
    ferry_producer_counters counters;
    memset(&counters, 0xff, sizeof counters);
    assert_refused(ferry_producer_create(NULL, &options, &error), "out");
    ferry_producer_close(NULL);
    ferry_producer_close(&producer);
    assert_refused(ferry_producer_claim(NULL, &info, &claim, &error), "producer");
    assert_refused(ferry_producer_claim_timed(NULL, &info, 0, &claim, &error), "producer");
    assert_refused(ferry_producer_show_early(NULL, &claim, &error), "producer");
    assert_refused(ferry_producer_advance(NULL, &claim, 1, &error), "producer");
    assert_refused(ferry_producer_commit(NULL, &claim, NULL, &error), "producer");
    assert_refused(ferry_producer_commit_keep(NULL, &claim, NULL, &error), "producer");
    ferry_producer_let_go(NULL, &claim);
    ferry_pollable pollable = 7;
    assert_refused(ferry_producer_get_pollable(NULL, &pollable, &error), "producer");
    assert_true(pollable == FERRY_POLLABLE_NONE);
    assert_refused(ferry_producer_send(NULL, &info, name, 0, NULL, &error), "producer");
    ferry_producer_abort(NULL, &claim);
    ferry_producer_drop(NULL);
    ferry_producer_tend(NULL);
    ferry_producer_interrupt(NULL);
    assert_invalid(ferry_producer_wait_consumer(NULL, 0));
    assert_invalid(ferry_producer_drain(NULL, 0));
    assert_invalid(ferry_producer_wait_received(NULL, 0));
    assert_refused(ferry_producer_end(NULL, &error), "producer");
    assert_int_equal(ferry_producer_list_consumers(NULL, NULL, 0), 0);
    ferry_producer_get_counters(NULL, &counters);
    assert_int_equal(counters.published, 0);
    assert_int_equal(counters.slot_bytes, 0);
}

static void test_a_consumer_of_null(void **state) {
    (void)state;
    ferry_consumer *consumer = NULL;
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    ferry_frame frame = FERRY_FRAME_INIT;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_consumer_counters counters;
    ferry_channel_info channel;
    ferry_pollable pollable = 7;
    uint32_t filled = 7;
    memset(&counters, 0xff, sizeof counters);
    memset(&channel, 0xff, sizeof channel);
    assert_refused(ferry_consumer_open(NULL, &options, &error), "out");
    assert_refused(ferry_consumer_new(NULL, &options, &error), "out");
    assert_refused(ferry_consumer_attach(NULL, 0, &error), "consumer");
    assert_refused(ferry_consumer_leave(NULL, &error), "consumer");
    ferry_consumer_close(NULL);
    ferry_consumer_close(&consumer);
    assert_refused(ferry_consumer_acquire(NULL, 0, &frame, &error), "consumer");
    assert_refused(ferry_consumer_acquire_early(NULL, 0, &frame, &error), "consumer");
    assert_refused(ferry_consumer_wait_filled(NULL, &frame, 1, 0, &filled, &error), "consumer");
    assert_int_equal(filled, 0);
    assert_invalid(ferry_consumer_release(NULL, &frame));
    assert_refused(ferry_consumer_copy(NULL, 0, &image, &error), "consumer");
    assert_refused(ferry_consumer_copy_held(NULL, &frame, &image, &error), "consumer");
    assert_false(ferry_consumer_slots_are_scarce(NULL));
    ferry_consumer_interrupt(NULL);
    ferry_consumer_wake(NULL);
    assert_refused(ferry_consumer_get_pollable(NULL, &pollable, &error), "consumer");
    assert_true(pollable == FERRY_POLLABLE_NONE);
    ferry_consumer_get_counters(NULL, &counters);
    assert_int_equal(counters.head, 0);
    ferry_consumer_get_channel(NULL, &channel);
    assert_refused(ferry_consumer_explain_refused(NULL, &error), "consumer");
    assert_int_equal(channel.slots, 0);
    ferry_image_free(NULL);
    assert_int_equal(ferry_image_reserve(NULL, 1), FERRY_INVALID_ARGUMENT);
}

/* What may be NULL besides, beside a live handle; and the same claim and frame go on afterwards. */
static void test_a_live_channel_survives_null(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "null", 3, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    ferry_frame_info info = small_info();
    ferry_claim claim;
    ferry_frame frame;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_refused(ferry_producer_claim(producer, NULL, &claim, &error), "info");
    assert_null(claim.pixels);
    assert_refused(ferry_producer_claim(producer, &info, NULL, &error), "claim");
    assert_refused(ferry_producer_claim_timed(producer, NULL, 0, &claim, &error), "info");
    assert_refused(ferry_producer_claim_timed(producer, &info, 0, NULL, &error), "claim");
    assert_refused(ferry_producer_send(producer, &info, NULL, 0, NULL, &error), "pixels");
    assert_refused(ferry_producer_send(producer, NULL, name, 0, NULL, &error), "info");
    assert_int_equal(ferry_producer_claim(producer, &info, &claim, NULL), FERRY_OK);
    assert_refused(ferry_producer_show_early(producer, NULL, &error), "claim");
    assert_refused(ferry_producer_advance(producer, NULL, 1, &error), "claim");
    assert_refused(ferry_producer_commit(producer, NULL, NULL, &error), "claim");
    assert_refused(ferry_producer_commit_keep(producer, NULL, NULL, &error), "claim");
    ferry_producer_let_go(producer, NULL);
    assert_refused(ferry_producer_get_pollable(producer, NULL, &error), "out");
    ferry_producer_abort(producer, NULL);
    ferry_producer_get_counters(producer, NULL);
    assert_int_equal(ferry_producer_list_consumers(producer, NULL, 9), 1);
    assert_int_equal(ferry_producer_commit(producer, &claim, NULL, NULL), FERRY_OK);

    assert_refused(ferry_consumer_acquire(consumer, 0, NULL, &error), "frame");
    assert_refused(ferry_consumer_acquire_early(consumer, 0, NULL, &error), "frame");
    assert_refused(ferry_consumer_copy(consumer, 0, NULL, &error), "image");
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_OK);
    assert_refused(ferry_consumer_wait_filled(consumer, NULL, 1, 0, NULL, &error), "frame");
    assert_int_equal(ferry_consumer_wait_filled(consumer, &frame, 1, 0, NULL, NULL), FERRY_OK);
    assert_refused(ferry_consumer_copy_held(consumer, NULL, &image, &error), "frame");
    assert_refused(ferry_consumer_copy_held(consumer, &frame, NULL, &error), "image");
    assert_invalid(ferry_consumer_release(consumer, NULL));
    assert_refused(ferry_consumer_get_pollable(consumer, NULL, &error), "out");
    ferry_consumer_get_counters(consumer, NULL);
    ferry_consumer_get_channel(consumer, NULL);
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    assert_int_equal(dropped_by(producer), 0);
    close_both(&producer, &consumer);
}

/* Each of them leaves an interruption where it is, for the call that it was meant for. */
static void test_negative_times_of_a_channel(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "times", 3, FERRY_WHEN_FULL_DROP);
    ferry_consumer *consumer = open_every(name);
    ferry_frame frame;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_frame_info info = small_info();
    ferry_claim claim;
    ferry_consumer_interrupt(consumer);
    ferry_producer_interrupt(producer);
    for (int i = 0; i < NEGATIVE_TIMES; i++) {
        int64_t ns = negative_times[i];
        assert_refused(ferry_consumer_acquire(consumer, ns, &frame, &error), "timeout_ns");
        assert_refused(ferry_consumer_acquire_early(consumer, ns, &frame, &error), "timeout_ns");
        assert_refused(ferry_consumer_copy(consumer, ns, &image, &error), "timeout_ns");
        assert_invalid(ferry_consumer_acquire(consumer, ns, &frame, NULL));
        assert_refused(ferry_producer_claim_timed(producer, &info, ns, &claim, &error),
                       "timeout_ns");
        assert_null(claim.pixels);
        assert_invalid(ferry_producer_wait_consumer(producer, ns));
        assert_invalid(ferry_producer_drain(producer, ns));
        assert_invalid(ferry_producer_wait_received(producer, ns));
        assert_refused(ferry_consumer_attach(consumer, ns, &error), "timeout_ns");
    }
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_INTERRUPTED);
    assert_int_equal(ferry_producer_drain(producer, 0), FERRY_INTERRUPTED);
    /* Also where the answer is there without any waiting. */
    send_up_to(producer, 1);
    assert_refused(ferry_consumer_acquire(consumer, -1, &frame, &error), "timeout_ns");
    take_number(consumer, 1, &frame);
    for (int i = 0; i < NEGATIVE_TIMES; i++)
        assert_refused(
            ferry_consumer_wait_filled(consumer, &frame, 1, negative_times[i], NULL, &error),
            "timeout_ns");
    assert_int_equal(ferry_consumer_release(consumer, &frame), FERRY_OK);
    assert_invalid(ferry_producer_wait_consumer(producer, -1));
    assert_invalid(ferry_producer_drain(producer, -1));
    ferry_producer_close(&producer);
    assert_int_equal(ferry_consumer_acquire(consumer, 0, &frame, NULL), FERRY_END_OF_STREAM);
    assert_refused(ferry_consumer_acquire(consumer, -1, &frame, &error), "timeout_ns");
    ferry_consumer_close(&consumer);
    assert_nothing_left();
}

/* The one slot of the dialect has other code behind the same calls. */
static void test_negative_times_of_the_dialect(void **state) {
    (void)state;
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = own_name(name, "dialect");
    options.dialect = FERRY_DIALECT_BASEIMAGE;
    ferry_producer *producer = create_with(&options);
    ferry_consumer *consumer = open_latest(name);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_refused(ferry_consumer_copy(consumer, -1, &image, &error), "timeout_ns");
    assert_refused(ferry_consumer_copy(consumer, 0, NULL, &error), "image");
    assert_int_equal(ferry_consumer_copy(consumer, 0, &image, NULL), FERRY_TIMEOUT);
    ferry_image_free(&image);
    close_both(&producer, &consumer);
}

/* NULL options are the defaults; a negative time in options is refused in both. test_channel.c has
 * the other options. */
static void test_options_of_null(void **state) {
    (void)state;
    ferry_producer *producer = NULL, *second = NULL;
    ferry_consumer *consumer = NULL;
    ferry_error busy;
    ferry_status status = ferry_producer_create(&producer, NULL, &error);
    if (status == FERRY_BUSY || status == FERRY_FOREIGN || status == FERRY_NOT_ALLOWED) {
        print_message("skipped: another program uses the default name on this machine\n");
        skip();
    }
    assert_int_equal(status, FERRY_OK);
    assert_int_equal(ferry_consumer_open(&consumer, NULL, NULL), FERRY_OK);
    assert_int_equal(ferry_producer_create(&second, NULL, &busy), FERRY_BUSY);
    assert_non_null(strstr(busy.message, FERRY_DEFAULT_NAME));
    ferry_producer_counters counters;
    ferry_producer_get_counters(producer, &counters);
    assert_int_equal(counters.slots, FERRY_DEFAULT_SLOTS);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
}

/* ---- frames, pictures, children ---- */

static void test_descriptions_of_null(void **state) {
    (void)state;
    ferry_layout layout;
    assert_invalid(ferry_layout_compute(NULL, FERRY_FORMAT_GRAY, 1, 1, 0));
    assert_invalid(ferry_layout_compute(NULL, 0, 1, 1, 0));
    assert_int_equal(ferry_layout_compute(&layout, FERRY_FORMAT_GRAY, 1, 1, 0), FERRY_OK);
    const ferry_frame_info info = {.width = 1, .height = 1, .format = FERRY_FORMAT_GRAY};
    assert_invalid(ferry_layout_of(NULL, &info));
    assert_invalid(ferry_layout_of(&layout, NULL));
    assert_int_equal(ferry_layout_of(&layout, &info), FERRY_OK);
    assert_int_equal(ferry_format_from_name(NULL), 0);
    assert_int_equal(ferry_name_check(NULL, &error), FERRY_BAD_NAME);
    assert_int_equal(ferry_name_check(NULL, NULL), FERRY_BAD_NAME);
}

static void test_peeks_of_null(void **state) {
    (void)state;
    size_t count = 1;
    ferry_peek seen;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_refused(ferry_peek_list(NULL, 0, NULL, FERRY_PEEK_CHANNELS, &error), "count");
    assert_refused(ferry_peek_list(NULL, 1, &count, FERRY_PEEK_CHANNELS, &error), "names");
    assert_int_equal(count, 0);
    assert_refused(ferry_peek_list(NULL, 0, &count, FERRY_PEEK_ALL + 1, &error), "which");
    assert_refused(ferry_peek_look(name, NULL, &error), "out");
    assert_refused(ferry_peek_grab(name, NULL, &error), "image");
    assert_refused(ferry_peek_keep_open(NULL, name, 1, &error), "out");
    ferry_peek_keep *keep = NULL;
    assert_int_equal(ferry_peek_keep_open(&keep, "a/b", 1, NULL), FERRY_BAD_NAME);
    assert_int_equal(ferry_peek_keep_state(NULL), FERRY_PEEK_STARTING);
    ferry_peek_keep_close(NULL);
    ferry_peek_keep_close(&keep);
    assert_int_equal(ferry_peek_look("a/b", &seen, NULL), FERRY_BAD_NAME);
    assert_int_equal(ferry_peek_grab("a/b", &image, NULL), FERRY_BAD_NAME);
    /* The default name, whatever has it. */
    ferry_status status = ferry_peek_look(NULL, &seen, NULL);
    assert_true(status == FERRY_OK || status == FERRY_NO_PRODUCER);
    status = ferry_peek_grab(NULL, &image, NULL);
    assert_true(status != FERRY_BAD_NAME && status != FERRY_INVALID_ARGUMENT);
    ferry_image_free(&image);
}

static void test_burials_of_null(void **state) {
    (void)state;
    ferry_bury_report report;
    memset(&report, 0xff, sizeof report);
    assert_refused(ferry_channel_bury(name, FERRY_BURY_DRY_RUN + 1, &report, &error), "flags");
    assert_int_equal(report.removed, 0);
    assert_int_equal(report.memory_bytes, 0);
    assert_int_equal(ferry_channel_bury("a/b", 0, NULL, NULL), FERRY_BAD_NAME);
    /* The default name, whatever has it. */
    ferry_status status = ferry_channel_bury(NULL, FERRY_BURY_DRY_RUN, NULL, NULL);
    assert_true(status != FERRY_BAD_NAME && status != FERRY_INVALID_ARGUMENT);
}

static void test_notes_of_null(void **state) {
    (void)state;
    ferry_frame_info info = FERRY_FRAME_INFO_INIT;
    ferry_note note;
    uint32_t at = 0;
    assert_refused(ferry_notes_add(NULL, "a", "b", &error), "info");
    assert_refused(ferry_notes_add(&info, NULL, "b", &error), "key");
    assert_refused(ferry_notes_add(&info, "a", NULL, &error), "value");
    assert_int_equal(info.metadata_bytes, 0);
    assert_int_equal(ferry_notes_add(&info, "a", "b", &error), FERRY_OK);
    assert_false(ferry_notes_are_valid(NULL));
    assert_false(ferry_notes_next(NULL, &at, &note));
    assert_false(ferry_notes_next(&info, NULL, &note));
    assert_false(ferry_notes_next(&info, &at, NULL));
    assert_int_equal(at, 0);
    assert_false(ferry_notes_find(NULL, "a", &note));
    assert_false(ferry_notes_find(&info, NULL, &note));
}

static void test_pictures_of_null(void **state) {
    (void)state;
    const char *path = "there-is-no-such.png";
    ferry_frame_info info = {.width = 1, .height = 1, .format = FERRY_FORMAT_GRAY};
    uint8_t pixel = 0;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_image_file file = FERRY_IMAGE_FILE_INIT;
    ferry_image_save_options bad = FERRY_IMAGE_SAVE_OPTIONS_INIT;
    ferry_image_load_options how = FERRY_IMAGE_LOAD_OPTIONS_INIT;
    assert_refused(ferry_image_probe(NULL, NULL, &image, &error), "path");
    assert_refused(ferry_image_probe(path, NULL, NULL, &error), "out");
    assert_refused(ferry_image_load(NULL, NULL, &image, &error), "path");
    assert_refused(ferry_image_load(path, NULL, NULL, &error), "out");
    assert_refused(ferry_image_decode(NULL, 1, path, NULL, &image, &error), "bytes");
    assert_refused(ferry_image_decode(&pixel, 1, NULL, NULL, &image, &error), "name");
    assert_refused(ferry_image_decode(&pixel, 1, path, NULL, NULL, &error), "out");
    how.as_stored = 2;
    assert_refused(ferry_image_load(path, &how, &image, &error), "as_stored");
    how.size = sizeof how.size - 1;
    assert_refused(ferry_image_load(path, &how, &image, &error), "size");
    assert_refused(ferry_image_convert(NULL, &pixel, FERRY_FORMAT_GRAY, &image, &error), "info");
    assert_refused(ferry_image_convert(&info, NULL, FERRY_FORMAT_GRAY, &image, &error), "pixels");
    assert_refused(ferry_image_convert(&info, &pixel, FERRY_FORMAT_GRAY, NULL, &error), "out");
    assert_refused(ferry_image_scale(NULL, &pixel, 1, 1, &image, &error), "info");
    assert_refused(ferry_image_scale(&info, NULL, 1, 1, &image, &error), "pixels");
    assert_refused(ferry_image_scale(&info, &pixel, 0, 1, &image, &error), "width");
    assert_refused(ferry_image_scale(&info, &pixel, 1, 0, &image, &error), "height");
    assert_refused(ferry_image_scale(&info, &pixel, 1, 1, NULL, &error), "out");
    assert_false(ferry_image_can_save(NULL));
    assert_refused(ferry_image_save(NULL, &info, &pixel, NULL, &error), "path");
    assert_refused(ferry_image_save(path, NULL, &pixel, NULL, &error), "info");
    assert_refused(ferry_image_save(path, &info, NULL, NULL, &error), "pixels");
    assert_refused(ferry_image_encode(NULL, &info, &pixel, NULL, &file, &error), "name");
    assert_refused(ferry_image_encode(path, NULL, &pixel, NULL, &file, &error), "info");
    assert_refused(ferry_image_encode(path, &info, NULL, NULL, &file, &error), "pixels");
    assert_refused(ferry_image_encode(path, &info, &pixel, NULL, NULL, &error), "out");
    ferry_image_file_free(NULL);
    bad.jpeg_quality = 101;
    assert_refused(ferry_image_save(path, &info, &pixel, &bad, &error), "jpeg_quality");
    assert_refused(ferry_image_encode(path, &info, &pixel, &bad, &file, &error), "jpeg_quality");
    bad.jpeg_quality = 100;
    bad.must_be_new = 2;
    assert_refused(ferry_image_save(path, &info, &pixel, &bad, &error), "must_be_new");
    bad.size = sizeof bad.size - 1;
    assert_refused(ferry_image_save(path, &info, &pixel, &bad, &error), "size");
}

static void test_descriptions_out_of_range(void **state) {
    (void)state;
    ferry_producer *producer = open_channel(name, "info", 2, FERRY_WHEN_FULL_DROP);
    ferry_frame_info good = {.width = 4, .height = 4, .format = FERRY_FORMAT_RGB24};
    uint8_t pixels[64] = {0};
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_frame_info bad;
#define REFUSE(field, number)                                                                      \
    do {                                                                                           \
        bad = good;                                                                                \
        bad.field = number;                                                                        \
        assert_refused(ferry_producer_send(producer, &bad, pixels, 0, NULL, &error), #field);      \
    } while (0)
    REFUSE(width, 0);
    REFUSE(stride_bytes, 11);
    REFUSE(length_bytes, 47);
    REFUSE(bit_count, 8);
    REFUSE(metadata_bytes, FERRY_METADATA_MAX + 1);
    bad = good;
    bad.format = FERRY_FOURCC('V', 'P', '8', '0');
    assert_refused(ferry_producer_send(producer, &bad, pixels, 0, NULL, &error), "length_bytes");
    assert_refused(ferry_producer_send(producer, &good, pixels, 11, NULL, &error),
                   "source_stride_bytes");
    bad = good;
    bad.color_matrix = FERRY_MATRIX_BT2020 + 1;
    assert_refused(ferry_image_convert(&bad, pixels, FERRY_FORMAT_GRAY, &image, &error),
                   "color_matrix");
    bad = good;
    bad.color_range = 3;
    assert_refused(ferry_image_convert(&bad, pixels, FERRY_FORMAT_GRAY, &image, &error),
                   "color_range");
    ferry_producer_close(&producer);
    assert_nothing_left();
}

static void test_children_of_null(void **state) {
    (void)state;
    ferry_child *started = NULL;
    ferry_child_options options = FERRY_CHILD_OPTIONS_INIT;
    ferry_child_exit how;
    size_t written = 7;
    assert_refused(ferry_child_start_with(&started, NULL, &error), "command");
    assert_refused(ferry_child_start_with(&started, &options, &error), "command");
    assert_refused(ferry_child_start(NULL, "true", name, &error), "out");
    assert_refused(ferry_child_start(&started, NULL, "channel", &error), "command");
    assert_refused(ferry_child_start(&started, "true", NULL, &error), "channel");
    options.command = "true";
    options.pipe_input = 2;
    assert_refused(ferry_child_start_with(&started, &options, &error), "pipe_input");
    options.pipe_input = 0;
    options.own_group = 2;
    assert_refused(ferry_child_start_with(&started, &options, &error), "own_group");
    options.size = 0;
    assert_refused(ferry_child_start_with(&started, &options, &error), "size");
    assert_null(started);
    assert_invalid(ferry_child_write(NULL, "x", 1, 0, &written));
    assert_int_equal(written, 0);
    ferry_child_close_input(NULL);
    ferry_child_end(NULL, true);
    assert_invalid(ferry_child_wait(NULL, 0, &how));
    assert_int_equal(ferry_child_id(NULL), 0);
    ferry_child_free(NULL);
    ferry_child_free(&started);
}

static void test_ports_of_null(void **state) {
    (void)state;
    ferry_port *port = NULL;
    ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
    ferry_frame_info info = small_info();
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_port_counters counters;
    assert_refused(ferry_port_open(NULL, &options, &error), "out");
    assert_refused(ferry_port_check(NULL, &error), "options");
    port = (ferry_port *)&options; /* not NULL: a failure leaves nothing behind */
    assert_refused(ferry_port_open(&port, NULL, &error), "options");
    assert_null(port);
    options.size = 0;
    assert_refused(ferry_port_open(&port, &options, &error), "size");
    assert_refused(ferry_port_check(&options, &error), "size");
    assert_refused(ferry_port_send(NULL, &info, name, 0, &error), "port");
    assert_refused(ferry_port_send_text(NULL, "text", 0, &error), "port");
    assert_refused(ferry_port_receive(NULL, &image, 0, &error), "port");
    assert_refused(ferry_port_drain(NULL, 0, &error), "port");
    ferry_port_interrupt(NULL);
    ferry_port_wake(NULL);
    memset(&counters, 0xff, sizeof counters);
    ferry_port_get_counters(NULL, &counters);
    assert_int_equal(counters.sent, 0);
    assert_int_equal(counters.memory_bytes, 0);
    ferry_port_close(NULL);
    ferry_port_close(&port);
    assert_int_equal(ferry_port_dialect_from_name(NULL), 0);
    assert_int_equal(ferry_port_object_from_word(NULL), FERRY_PORT_OBJECTS);
}

static void test_a_live_port_survives_null(void **state) {
    (void)state;
    char semaphore[NAME_BYTES];
    ferry_port *port = NULL;
    ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
    ferry_frame_info info = small_info();
    ferry_image image = FERRY_IMAGE_INIT;
    options.dialect = FERRY_PORT_DUPLEX;
    options.reading = FERRY_PORT_SINGLE;
    options.payload = FERRY_PAYLOAD_TEXT;
    options.role = FERRY_PORT_SENDER;
    options.names[FERRY_PORT_MEMORY] = own_name(name, "port");
    options.names[FERRY_PORT_SEMAPHORE] = own_name(semaphore, "turn");
    options.break_lock_ns = -1;
    assert_refused(ferry_port_open(&port, &options, &error), "break_lock_ns");
    options.break_lock_ns = 0;
    char back[NAME_BYTES], back_turn[NAME_BYTES];
    options.names[FERRY_PORT_BACK] = own_name(back, "back");
    options.names[FERRY_PORT_BACK_SEMAPHORE] = own_name(back_turn, "back-turn");
    assert_int_equal(ferry_port_open(&port, &options, NULL), FERRY_OK);
    assert_refused(ferry_port_send(port, NULL, name, 0, &error), "info");
    assert_refused(ferry_port_send(port, &info, NULL, 0, &error), "pixels");
    assert_refused(ferry_port_send_text(port, NULL, 0, &error), "text");
    assert_refused(ferry_port_receive(port, NULL, 0, &error), "image");
    for (int i = 0; i < NEGATIVE_TIMES; i++) {
        int64_t time_ns = negative_times[i];
        assert_refused(ferry_port_send(port, &info, name, time_ns, &error), "timeout_ns");
        assert_refused(ferry_port_send_text(port, "text", time_ns, &error), "timeout_ns");
        assert_refused(ferry_port_receive(port, &image, time_ns, &error), "timeout_ns");
        assert_refused(ferry_port_drain(port, time_ns, &error), "timeout_ns");
    }
    ferry_port_get_counters(port, NULL);
    assert_int_equal(ferry_port_send_text(port, "text", 0, NULL), FERRY_OK);
    assert_int_equal(ferry_port_send_text(port, "text", 0, NULL), FERRY_TIMEOUT);
    assert_int_equal(ferry_port_receive(port, &image, 0, NULL), FERRY_TIMEOUT);
    ferry_port_close(&port);
    assert_null(port);
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_producer_of_null, clean_up),
        cmocka_unit_test_teardown(test_a_consumer_of_null, clean_up),
        cmocka_unit_test_teardown(test_a_live_channel_survives_null, clean_up),
        cmocka_unit_test_teardown(test_negative_times_of_a_channel, clean_up),
        cmocka_unit_test_teardown(test_negative_times_of_the_dialect, clean_up),
        cmocka_unit_test_teardown(test_options_of_null, clean_up),
        cmocka_unit_test_teardown(test_descriptions_of_null, clean_up),
        cmocka_unit_test_teardown(test_peeks_of_null, clean_up),
        cmocka_unit_test_teardown(test_burials_of_null, clean_up),
        cmocka_unit_test_teardown(test_notes_of_null, clean_up),
        cmocka_unit_test_teardown(test_pictures_of_null, clean_up),
        cmocka_unit_test_teardown(test_descriptions_out_of_range, clean_up),
        cmocka_unit_test_teardown(test_children_of_null, clean_up),
        cmocka_unit_test_teardown(test_ports_of_null, clean_up),
        cmocka_unit_test_teardown(test_a_live_port_survives_null, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
