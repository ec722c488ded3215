/* Things that tests of ports share: options, sending and receiving with a verdict, and the other
 * side as a program that knows nothing of this library. Include after cmocka.h; define _GNU_SOURCE
 * first. */
#ifndef FERRY_TEST_PORT_SUPPORT_H
#define FERRY_TEST_PORT_SUPPORT_H

#include <frameferry/port.h>
#include <pthread.h>
#include <time.h>

#include "process_support.h"

#include "old_objects.h" /* one for each kind of system: the same functions in linux/ and windows/ */

/* A time limit for what does not come. */
#define MOMENT_NS (FERRY_SECOND_NS / 500)

enum { TEXT_BYTES = 250, LINE_BYTES = 64 };

static inline ferry_port_options text_options(uint32_t dialect, uint32_t role, const char *memory) {
    ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
    options.dialect = dialect;
    options.role = role;
    options.payload = FERRY_PAYLOAD_TEXT;
    options.names[FERRY_PORT_MEMORY] = memory;
    return options;
}

static inline ferry_port *open_port(const ferry_port_options *options) {
    ferry_port *port = NULL;
    ferry_error error = FERRY_ERROR_INIT;
    ferry_status status = ferry_port_open(&port, options, &error);
    if (status != FERRY_OK)
        fail_msg("open: %s", error.message);
    assert_non_null(port);
    return port;
}

/* The status of an attempt, which has to agree with that of its sentence. */
static inline ferry_status try_port(const ferry_port_options *options, ferry_error *error) {
    ferry_port *port = NULL;
    ferry_status status = ferry_port_open(&port, options, error);
    if (status != FERRY_OK)
        assert_int_equal(error->status, status);
    assert_true((port != NULL) == (status == FERRY_OK));
    ferry_port_close(&port);
    return status;
}

static inline void send_text(ferry_port *port, const char *text) {
    ferry_error error = FERRY_ERROR_INIT;
    if (ferry_port_send_text(port, text, STUCK_NS, &error) != FERRY_OK)
        fail_msg("send \"%s\": %s", text, error.message);
}

static inline void assert_send(ferry_port *port, const char *text, ferry_status wanted,
                               const char *part) {
    ferry_error error = FERRY_ERROR_INIT;
    assert_int_equal(ferry_port_send_text(port, text, MOMENT_NS, &error), wanted);
    assert_sentence(&error, wanted, part);
}

/* Receives the text that is to come next. */
static inline void receive_text(ferry_port *port, const char *wanted) {
    ferry_error error = FERRY_ERROR_INIT;
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_status status = ferry_port_receive(port, &image, STUCK_NS, &error);
    if (status != FERRY_OK)
        fail_msg("receive \"%s\": %s", wanted, error.message);
    assert_string_equal((const char *)image.pixels, wanted);
    assert_int_equal(image.info.format, FERRY_FORMAT_TEXT);
    assert_int_equal(image.info.width, strlen(wanted));
    assert_int_equal(image.info.length_bytes, strlen(wanted));
    ferry_image_free(&image);
}

static inline void assert_receive(ferry_port *port, ferry_status wanted, const char *part) {
    ferry_error error = FERRY_ERROR_INIT;
    ferry_image image = FERRY_IMAGE_INIT;
    assert_int_equal(ferry_port_receive(port, &image, MOMENT_NS, &error), wanted);
    assert_sentence(&error, wanted, part);
    ferry_image_free(&image);
}

static inline void assert_no_text(ferry_port *port) {
    assert_receive(port, FERRY_TIMEOUT, "");
}

static inline ferry_port_counters counters_of(ferry_port *port) {
    ferry_port_counters counters;
    ferry_port_get_counters(port, &counters);
    return counters;
}

/* ---- from another thread ---- */

typedef struct caller {
    pthread_t thread;
    ferry_port *port;
    void (*call)(ferry_port *port);
} caller;

/* Calls a port that waits, or is about to: the call that comes next is right to end as well. The
 * pause only makes the first more likely. */
static inline void *caller_body(void *argument) {
    const caller *c = argument;
    struct timespec until_it_waits = {.tv_nsec = 30000000};
    nanosleep(&until_it_waits, NULL);
    c->call(c->port);
    return NULL;
}

static inline void call_from_a_thread(caller *c, ferry_port *port, void (*call)(ferry_port *)) {
    *c = (caller){.port = port, .call = call};
    assert_int_equal(pthread_create(&c->thread, NULL, caller_body, c), 0);
}

/* A call that waits for very long ends when a thread wants it to, and the next one waits again. */
static inline void assert_is_interrupted(ferry_port *port, bool sends) {
    static const struct {
        void (*call)(ferry_port *port);
        ferry_status status;
    } ways[] = {{ferry_port_interrupt, FERRY_INTERRUPTED}, {ferry_port_wake, FERRY_WOKEN}};
    for (int i = 0; i < 2; i++) {
        caller other;
        ferry_image image = FERRY_IMAGE_INIT;
        ferry_error error = FERRY_ERROR_INIT;
        call_from_a_thread(&other, port, ways[i].call);
        ferry_status status = sends ? ferry_port_send_text(port, "never", STUCK_NS, &error)
                                    : ferry_port_receive(port, &image, STUCK_NS, &error);
        pthread_join(other.thread, NULL);
        assert_int_equal(status, ways[i].status);
        assert_int_equal(error.status, status);
        status = sends ? ferry_port_send_text(port, "never", MOMENT_NS, &error)
                       : ferry_port_receive(port, &image, MOMENT_NS, &error);
        assert_int_equal(status, FERRY_TIMEOUT);
        ferry_image_free(&image);
    }
}

#endif
