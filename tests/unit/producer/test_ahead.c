/* Working ahead: the same frames in the same order, never more than are wanted, and an end whatever
 * the other source does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <frameferry/clock.h>

#include "host/inside.h"

/* Parts of a program, and so in no library. */
#include "sources/ahead.c"
#include "sources/source.c"

#define FRAMES 50u
#define STUCK_NS (60 * (uint64_t)FERRY_SECOND_NS)

/* A source that makes a frame for each permit it is given. */
typedef struct fake {
    source base;
    ferryi_lock *mutex;
    ferryi_condition *changed;
    unsigned permits;
    unsigned made;   /* frames that were finished */
    unsigned begun;  /* calls of next */
    unsigned length; /* of all frames; 0: each has another one */
    unsigned last;   /* false after so many */
    bool interrupted;
    bool closed;
} fake;

static size_t length_of(const fake *f, unsigned number) {
    return f->length != 0 ? f->length : 1 + number * 7919 % 5000;
}

static bool fake_next(source *self, ferry_image *into) {
    fake *f = (fake *)self;
    ferryi_lock_take(f->mutex);
    f->begun++;
    ferryi_condition_broadcast(f->changed);
    while (f->made >= f->permits && !f->interrupted)
        ferryi_condition_wait(f->changed, f->mutex);
    bool ends = f->interrupted || f->made == f->last;
    unsigned number = f->made + 1;
    ferryi_lock_give(f->mutex);
    if (ends) {
        f->base.is_broken = !f->interrupted;
        return false;
    }
    size_t length = length_of(f, number);
    if (ferry_image_reserve(into, length) != FERRY_OK)
        return false;
    /* The pages of a large frame are not touched. */
    memset(into->pixels, (int)number, length < 8192 ? length : 1);
    into->info = (ferry_frame_info){.number = number, .length_bytes = (uint32_t)length};
    ferryi_lock_take(f->mutex);
    f->made++;
    ferryi_condition_broadcast(f->changed);
    ferryi_lock_give(f->mutex);
    return true;
}

static void fake_interrupt(source *self) {
    fake *f = (fake *)self;
    ferryi_lock_take(f->mutex);
    f->interrupted = true;
    ferryi_condition_broadcast(f->changed);
    ferryi_lock_give(f->mutex);
}

static void fake_close(source *self) {
    ((fake *)self)->closed = true;
}

static void set_up(fake *f, unsigned permits) {
    *f = (fake){.base = {.live = true,
                         .rate = {.frames = 24, .seconds = 1},
                         .next = fake_next,
                         .interrupt = fake_interrupt,
                         .close = fake_close},
                .permits = permits,
                .last = FRAMES};
    f->mutex = ferryi_lock_new();
    f->changed = ferryi_condition_new();
    assert_non_null(f->mutex);
    assert_non_null(f->changed);
}

static void take_down(fake *f, source *s) {
    s->close(s);
    assert_true(f->closed);
    ferryi_condition_free(f->changed);
    ferryi_lock_free(f->mutex);
}

static void permit(fake *f, unsigned permits) {
    ferryi_lock_take(f->mutex);
    f->permits = permits;
    ferryi_condition_broadcast(f->changed);
    ferryi_lock_give(f->mutex);
}

/* Waits until so many calls have been made. */
static void wait_begun(fake *f, unsigned count) {
    uint64_t deadline_ns = ferry_clock_ns() + STUCK_NS;
    ferryi_lock_take(f->mutex);
    while (f->begun < count)
        assert_true(ferryi_condition_wait_until(f->changed, f->mutex, deadline_ns));
    ferryi_lock_give(f->mutex);
}

static unsigned made_by(fake *f) {
    ferryi_lock_take(f->mutex);
    unsigned made = f->made;
    ferryi_lock_give(f->mutex);
    return made;
}

static void check_frame(const fake *f, const ferry_image *image, unsigned number) {
    assert_int_equal(image->info.number, number);
    assert_int_equal(image->info.length_bytes, length_of(f, number));
    for (size_t i = 0; i < image->info.length_bytes && f->length == 0; i++)
        assert_int_equal(image->pixels[i], number);
}

static void test_all_frames_come_in_order(void **state) {
    (void)state;
    fake f;
    set_up(&f, FRAMES + 1);
    source *s = source_work_ahead(&f.base, 0);
    assert_non_null(s);
    assert_true(s->live && s->rate.frames == 24 && s->draw == NULL);
    ferry_image image = FERRY_IMAGE_INIT;
    for (unsigned n = 1; n <= FRAMES; n++) {
        if (n % 3 == 0)
            assert_true(s->await(s, ferry_clock_ns() + STUCK_NS));
        assert_true(s->next(s, &image));
        check_frame(&f, &image, n);
        assert_false(s->is_broken);
    }
    assert_true(s->await(s, ferry_clock_ns() + STUCK_NS));
    assert_false(s->next(s, &image));
    assert_true(s->is_broken);
    assert_false(s->next(s, &image));
    ferry_image_free(&image);
    take_down(&f, s);
}

/* Three lie ready when nobody takes any, and a fourth is begun once there is room. */
static void test_it_works_ahead_and_not_too_far(void **state) {
    (void)state;
    fake f;
    set_up(&f, FRAMES);
    source *s = source_work_ahead(&f.base, 0);
    assert_int_equal(made_by(&f), 0); /* nothing before it is asked for */
    assert_true(s->await(s, ferry_clock_ns() + STUCK_NS));
    wait_begun(&f, 3);
    ferry_image image = FERRY_IMAGE_INIT;
    for (unsigned n = 1; n < 20; n++) {
        assert_true(s->next(s, &image));
        check_frame(&f, &image, n);
        wait_begun(&f, n + 3);
        assert_in_range(made_by(&f), n + 2, n + 3);
    }
    ferry_image_free(&image);
    take_down(&f, s);
    assert_in_range(f.made, 19, 22);
}

static void test_waiting_has_an_end(void **state) {
    (void)state;
    fake f;
    set_up(&f, 1);
    source *s = source_work_ahead(&f.base, 0);
    ferry_image image = FERRY_IMAGE_INIT;
    assert_true(s->next(s, &image));
    uint64_t soon_ns = ferry_clock_ns() + FERRY_SECOND_NS / 50;
    assert_false(s->await(s, soon_ns));
    assert_true(ferry_clock_ns() >= soon_ns);
    permit(&f, 2);
    assert_true(s->await(s, ferry_clock_ns() + STUCK_NS));
    assert_true(s->next(s, &image));
    check_frame(&f, &image, 2);
    ferry_image_free(&image);
    take_down(&f, s); /* although the third is waited for */
    assert_true(f.interrupted);
}

static void test_nothing_beyond_the_count_is_read(void **state) {
    (void)state;
    fake f;
    set_up(&f, FRAMES);
    source *s = source_work_ahead(&f.base, 5);
    ferry_image image = FERRY_IMAGE_INIT;
    for (unsigned n = 1; n <= 5; n++) {
        assert_true(s->next(s, &image));
        check_frame(&f, &image, n);
    }
    assert_false(s->next(s, &image));
    assert_false(s->is_broken);
    ferry_image_free(&image);
    take_down(&f, s);
    assert_int_equal(f.begun, 5);
}

static void test_closing_needs_no_frame_to_be_taken(void **state) {
    (void)state;
    fake unused;
    set_up(&unused, FRAMES);
    take_down(&unused, source_work_ahead(&unused.base, 0));
    assert_int_equal(unused.begun, 0);
    fake full; /* the thread waits for room */
    set_up(&full, FRAMES);
    source *s = source_work_ahead(&full.base, 0);
    assert_true(s->await(s, ferry_clock_ns() + STUCK_NS));
    wait_begun(&full, 3);
    take_down(&full, s);
    assert_int_equal(full.begun, 3);
}

/* One ready, one in hand: a third would be too much. */
static void check_large(unsigned length) {
    fake f;
    set_up(&f, FRAMES);
    f.length = length;
    source *s = source_work_ahead(&f.base, 0);
    ferry_image image = FERRY_IMAGE_INIT;
    for (unsigned n = 1; n < 10; n++) {
        assert_true(s->next(s, &image));
        check_frame(&f, &image, n);
        wait_begun(&f, n + 1);
        assert_in_range(made_by(&f), n, n + 1);
        ahead *a = (ahead *)s;
        ferryi_lock_take(a->mutex);
        unsigned filled = 0;
        for (unsigned i = 0; i < RING_SIZE; i++)
            if (i != (a->first + a->ready) % RING_SIZE || a->ready == RING_SIZE)
                filled += a->images[i].capacity_bytes != 0;
        ferryi_lock_give(a->mutex);
        assert_in_range(filled, 0, 1);
    }
    ferry_image_free(&image);
    take_down(&f, s);
}

static void test_large_pictures_take_a_bounded_memory(void **state) {
    (void)state;
    check_large(200u << 20);
    check_large((unsigned)READY_BYTES + 1); /* too large by itself, and worked on all the same */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_frames_come_in_order),
        cmocka_unit_test(test_it_works_ahead_and_not_too_far),
        cmocka_unit_test(test_waiting_has_an_end),
        cmocka_unit_test(test_nothing_beyond_the_count_is_read),
        cmocka_unit_test(test_closing_needs_no_frame_to_be_taken),
        cmocka_unit_test(test_large_pictures_take_a_bounded_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
