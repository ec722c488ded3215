/* A process whose first thread has ended by itself: the others go on, and so do their channels. */
#define _GNU_SOURCE /* pipe2 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>

#include <frameferry/consumer.h>
#include <frameferry/image.h>
#include <frameferry/producer.h>

#include "process_support.h"
#include "surroundings.h"

typedef struct places {
    char channel[NAME_BYTES], dialect[NAME_BYTES], picture[PATH_BYTES + 16];
} places;

/* Until the first thread is a zombie, as proc(5) tells it. It is looked up as a thread: qemu-user
 * makes up a process's own stat, in which it always runs. */
static void await_its_end(void) {
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)getpid());
    uint64_t stuck_ns = ferry_clock_ns() + (uint64_t)STUCK_NS;
    for (char state = 'R'; state != 'Z'; sched_yield()) {
        int descriptor = open(path, O_RDONLY);
        ssize_t length = read(descriptor, text, sizeof text - 1);
        CHILD_CHECK(length > 0 && ferry_clock_ns() < stuck_ns);
        close(descriptor);
        text[length] = '\0';
        state = strrchr(text, ')')[2];
    }
}

static void *go_on(void *argument) {
    const places *at = argument;
    await_its_end();
    ferry_producer *producer = make_producer(at->channel, 4, FERRY_WHEN_FULL_WAIT, NULL);
    CHILD_CHECK(producer != NULL);
    ferry_consumer *consumer = make_consumer(at->channel, FERRY_DELIVERY_EVERY, NULL);
    ferry_frame frame;
    ferry_status status;
    CHILD_CHECK(consumer != NULL && send_next(producer) == FERRY_OK);
    CHILD_CHECK(take_next(consumer, 0, &frame, &status) == 1);
    CHILD_CHECK(ferry_consumer_release(consumer, &frame) == FERRY_OK);
    ferry_consumer_close(&consumer);
    ferry_producer_close(&producer);
    producer = make_dialect(at->dialect);
    CHILD_CHECK(producer != NULL && send_next(producer) == FERRY_OK);
    ferry_producer_close(&producer);
    ferry_frame_info info = {.width = 1, .height = 1, .format = FERRY_FORMAT_GRAY};
    CHILD_CHECK(ferry_image_save(at->picture, &info, (const uint8_t *)"x", NULL, NULL) == FERRY_OK);
    _exit(0);
}

static void end_the_first_thread(const void *argument) {
    static places at;
    pthread_t thread;
    at = *(const places *)argument;
    CHILD_CHECK(pthread_create(&thread, NULL, go_on, &at) == 0);
    pthread_exit(NULL);
}

static void test_the_first_thread_has_ended(void **state) {
    (void)state;
    places at;
    char folder[PATH_BYTES];
    assert_true(make_temporary_folder(folder, sizeof folder));
    own_name(at.channel, "native");
    own_name(at.dialect, "dialect");
    snprintf(at.picture, sizeof at.picture, "%s/a.png", folder);
    child *c = start_child_with(end_the_first_thread, &at, sizeof at);
    assert_child_succeeds(c);
    assert_int_equal(unlink(at.picture), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else is in it */
    assert_nothing_left();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_first_thread_has_ended, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
