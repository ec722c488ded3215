/* A producer that writes whatever it likes into its channel, and cuts it short, while consumers
 * read. They must get a status, and never crash, hang or step outside. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include <frameferry/clock.h>

#include "channel/geometry.h"
#include "channel_support.h"
#include "sanitizer.h"
#include "vandal.h"

enum { HOSTILE_MS = 2000, SLOTS = 4, LIFE_MS = 100 };

static char name_room[NAME_BYTES];
static const char *name;

typedef struct plan {
    uint64_t seed;
    uint32_t dialect;
    bool cuts; /* shrinks the objects now and then */
} plan;

static ferry_producer *create(uint32_t dialect) {
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.dialect = dialect;
    options.slots = dialect == FERRY_DIALECT_NATIVE ? SLOTS : 0;
    options.slot_bytes = dialect == FERRY_DIALECT_NATIVE ? 16384 : 0;
    options.when_full = FERRY_WHEN_FULL_DROP;
    ferry_producer *producer = NULL;
    ferry_producer_create(&producer, &options, NULL);
    return producer;
}

/* A part of the frames object that a consumer looks at; pixels come last and least. */
static void choose_part(vandal *v, const ferry_producer *p, size_t *from, size_t *length) {
    const ferryi_geometry *g = &p->objects.geometry;
    size_t block = (size_t)g->block_offset;
    uint64_t roll = vandal_random(v) >> 8;
    switch (roll % 6) {
    case 0: /* magic, version, geometry, generation, state, head, dropped */
        *from = block;
        *length = offsetof(ferryi_block, entry);
        break;
    case 1:
        *from = block + offsetof(ferryi_block, entry);
        *length = sizeof(uint64_t) * FERRYI_ENTRIES;
        break;
    case 2:
        *from = block + offsetof(ferryi_block, descriptor) +
                (size_t)(roll / 6 % g->slots) * sizeof(ferryi_descriptor);
        *length = sizeof(ferryi_descriptor);
        break;
    case 3:
        *from = (size_t)g->object_bytes - sizeof(ferryi_trailer);
        *length = sizeof(ferryi_trailer);
        break;
    case 4:
        *from = (size_t)ferryi_geometry_slot_offset(g, (uint32_t)(roll / 6 % g->slots));
        *length = sizeof(ferryi_header);
        break;
    default:
        *from = 0;
        *length = (size_t)g->object_bytes;
        break;
    }
}

/* The newest frame, but somewhere else, of another size, or with another number: what chance alone
 * seldom hits. */
static void tell_lie(vandal *v, ferry_producer *p) {
    ferryi_block *block = p->block;
    uint64_t roll = vandal_random(v) >> 8, value = vandal_value(v);
    uint64_t head = p->head;
    uint32_t slot = (uint32_t)(roll / 8 % 256);
    ferryi_descriptor *descriptor = &block->descriptor[p->newest % FERRY_MAX_SLOTS];
    ferryi_header *header = ferryi_geometry_header(&p->objects.frames, &p->objects.geometry,
                                                   p->newest % p->objects.geometry.slots);
    switch (roll % 8) {
    case 0:
    case 1:
        atomic_store(&block->entry[head % FERRYI_ENTRIES], ferryi_entry_pack(head, slot));
        break;
    case 2: atomic_store(&block->head, value); break;
    case 3: header->length = (int32_t)value; break;
    case 4: descriptor->length_bytes = (uint32_t)value; break;
    case 5: descriptor->stride_bytes = (uint32_t)value; break;
    case 6: descriptor->metadata_bytes = (uint32_t)value; break;
    default:
        header->length = (int32_t)value;
        descriptor->length_bytes = (uint32_t)value;
        header->width = descriptor->width = (int32_t)value;
        header->height = descriptor->height = 1;
        descriptor->stride_bytes = (uint32_t)value;
        break;
    }
    sched_yield();
}

/* The same about a frame that is shown early. */
static void tell_early_lie(vandal *v, ferry_producer *p, const ferry_claim *claim) {
    ferryi_block *block = p->block;
    ferryi_descriptor *descriptor = &block->descriptor[claim->slot];
    uint64_t roll = vandal_random(v) >> 8, value = vandal_value(v);
    uint32_t slot = (uint32_t)(roll / 8 % 256);
    switch (roll % 8) {
    case 0: atomic_store(&block->early, ferryi_entry_pack(value, slot)); break;
    case 1: atomic_store(&block->early, ferryi_entry_pack(descriptor->fills, slot)); break;
    case 2: atomic_store(&descriptor->filled, value); break;
    case 3: atomic_store(&descriptor->filled, 1); break;
    case 4: atomic_store(&descriptor->frame, value); break;
    case 5: atomic_store(&descriptor->frame, p->head + 1); break;
    case 6: descriptor->length_bytes = (uint32_t)value; break;
    default: atomic_store(&descriptor->abandoned, descriptor->fills); break;
    }
    sched_yield();
}

static ferry_status send_shown(vandal *v, ferry_producer *p, uint64_t number) {
    ferry_frame_info info = numbered_info(number);
    ferry_claim claim;
    ferry_status status = ferry_producer_claim(p, &info, &claim, NULL);
    if (status != FERRY_OK)
        return status;
    ferry_producer_show_early(p, &claim, NULL);
    fill_number(claim.pixels, claim.info.length_bytes, number);
    ferry_producer_advance(p, &claim, claim.info.length_bytes / 2, NULL);
    if (vandal_random(v) % 2 == 0)
        tell_early_lie(v, p, &claim);
    return ferry_producer_commit(p, &claim, NULL, NULL);
}

/* Any length: what is cut off, and grown again, reads as zeros. */
static void cut(vandal *v, const ferry_producer *p, const char *object) {
    char path[PATH_BYTES];
    uint64_t roll = vandal_random(v) >> 8;
    off_t bytes = (off_t)(roll % 3 == 0 ? 0 : roll % p->objects.geometry.object_bytes);
    if (truncate(shm_path(path, object), bytes) != 0 && errno != ENOENT)
        _exit(8);
}

/* One life of the hostile producer: publishes frames as others do, and writes over them. */
static void misbehave(vandal *v, const plan *how) {
    ferry_producer *p = create(how->dialect);
    if (p == NULL) { /* the last life has made the object one that is nobody's */
        count_shared(name, false, true);
        return;
    }
    v->base = p->objects.frames.base;
    uint64_t begin_ns = ferry_clock_ns(), end_ns = begin_ns + LIFE_MS * UINT64_C(1000000);
    char consumers[NAME_BYTES + 16];
    snprintf(consumers, sizeof consumers, "%s~consumers", name);
    for (uint64_t number = 1; ferry_clock_ns() < end_ns; number++) {
        bool lies = ferry_clock_ns() - begin_ns >= (end_ns - begin_ns) / 2;
        bool shows = lies && how->dialect == FERRY_DIALECT_NATIVE && vandal_random(v) % 2 == 0;
        if ((shows ? send_shown(v, p, number) : send_numbered(p, number)) == FERRY_MALFORMED)
            break;
        if (ferry_clock_ns() - begin_ns < (end_ns - begin_ns) / 2)
            continue; /* honest so far: consumers have something to hold on to */
        size_t from, length;
        choose_part(v, p, &from, &length);
        if (vandal_random(v) % 3 == 0)
            vandal_write(v, from, length);
        if (vandal_random(v) % 3 == 0)
            tell_lie(v, p);
        if (how->cuts && vandal_random(v) % 500 == 0)
            cut(v, p, vandal_random(v) % 2 == 0 ? name : consumers);
    }
    if (vandal_random(v) % 3 == 0)
        return; /* as if it had been killed: the next life takes over */
    ferry_producer_close(&p);
}

/* Each life is a process, so that its memory and leases go with it. */
static void live_on(const void *argument) {
    const plan *how = argument;
    vandal v = {.random = how->seed};
    for (;;) {
        pid_t pid = fork();
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            ferry_guard_install(); /* it meets its own cuts */
            misbehave(&v, how);
            _exit(0);
        }
        int status;
        if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
            WEXITSTATUS(status) != 0)
            _exit(7);
        vandal_random(&v);
    }
}

/* Reads every byte that it is given: what is not there, or not ours, shows. */
static uint32_t read_all(const uint8_t *pixels, const ferry_frame_info *info) {
    uint32_t sum = 0;
    CHILD_CHECK(info->width >= 1 && info->height >= 1 && info->length_bytes >= 1);
    CHILD_CHECK(info->metadata_bytes <= FERRY_METADATA_MAX);
    for (uint32_t i = 0; i < info->length_bytes; i++)
        sum += pixels[i];
    return sum;
}

static bool is_documented(ferry_status status) {
    switch (status) {
    case FERRY_OK:
    case FERRY_TIMEOUT:
    case FERRY_END_OF_STREAM:
    case FERRY_PRODUCER_LOST:
    case FERRY_EVICTED:
    case FERRY_OVERTAKEN:
    case FERRY_OVERRUN:
    case FERRY_NOT_SUPPORTED:
    case FERRY_ABANDONED:
    case FERRY_MALFORMED: return true;
    default: return false;
    }
}

static ferry_status take_in_place(ferry_consumer *consumer) {
    ferry_frame frame;
    ferry_status status = ferry_consumer_acquire(consumer, FERRY_SECOND_NS / 50, &frame, NULL);
    if (status != FERRY_OK)
        return status;
    read_all(frame.pixels, &frame.info);
    return ferry_consumer_release(consumer, &frame);
}

/* Reads what is said to be there, also of a frame that is being written. */
static ferry_status take_early(ferry_consumer *consumer) {
    ferry_frame frame;
    ferry_status status =
        ferry_consumer_acquire_early(consumer, FERRY_SECOND_NS / 50, &frame, NULL);
    if (status != FERRY_OK)
        return status;
    for (uint32_t wanted = 1; status == FERRY_OK && wanted != 0;) {
        ferry_frame_info part = frame.info;
        status = ferry_consumer_wait_filled(consumer, &frame, wanted, FERRY_SECOND_NS / 100,
                                            &part.length_bytes, NULL);
        CHILD_CHECK(part.length_bytes <= frame.info.length_bytes);
        if (part.length_bytes > 0)
            read_all(frame.pixels, &part);
        wanted = frame.info.number != 0 ? 0 : part.length_bytes + 1;
    }
    ferry_status releasing = ferry_consumer_release(consumer, &frame);
    return status == FERRY_PRODUCER_LOST || status == FERRY_MALFORMED ? status : releasing;
}

static ferry_status take_copy(ferry_consumer *consumer, ferry_image *image) {
    ferry_status status = ferry_consumer_copy(consumer, FERRY_SECOND_NS / 50, image, NULL);
    if (status == FERRY_OK)
        read_all(image->pixels, &image->info);
    return status;
}

typedef struct reader {
    uint32_t delivery, max_lag;
    bool copies;
    bool follows;
} reader;

/* Attaches and reads as long as that goes, again and again. */
static void read_on(const void *argument) {
    const reader *how = argument;
    ferry_guard_install();
    ferry_consumer *consumer = NULL;
    ferry_image image = FERRY_IMAGE_INIT;
    uint64_t taken = 0;
    while (!child_is_told()) {
        ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
        options.name = name;
        options.delivery = how->delivery;
        options.max_lag = how->max_lag;
        options.wait_ns = FERRY_SECOND_NS / 50;
        options.follow_early = how->follows;
        if (consumer == NULL && ferry_consumer_open(&consumer, &options, NULL) != FERRY_OK)
            continue;
        ferry_status status = how->copies    ? take_copy(consumer, &image)
                              : how->follows ? take_early(consumer)
                                             : take_in_place(consumer);
        CHILD_CHECK(is_documented(status));
        if (status == FERRY_OK && taken++ == 0)
            child_say('f');
        ferry_consumer_counters counters;
        ferry_consumer_get_counters(consumer, &counters);
        if (status != FERRY_OK && status != FERRY_TIMEOUT && status != FERRY_OVERTAKEN &&
            status != FERRY_OVERRUN && status != FERRY_ABANDONED)
            ferry_consumer_close(&consumer);
    }
    ferry_consumer_close(&consumer);
    ferry_image_free(&image);
}

/* What hostile lives have left is nothing that a person has to remove, unless it no longer shows
 * that it is a channel's. */
static void remove_leftovers(void) {
    ferry_producer *p = create(FERRY_DIALECT_NATIVE);
    ferry_producer_close(&p);
    count_shared(own_marker(), false, true);
}

static void attack(const plan *how, const reader *readers, size_t count) {
    child *hostile = start_child_with(live_on, how, sizeof *how);
    child *honest[10];
    for (size_t i = 0; i < count; i++)
        honest[i] = start_child_with(read_on, &readers[i], sizeof readers[i]);
    assert_int_equal(hear_within(hostile, HOSTILE_MS), '\0');
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(hear(honest[i]), 'f'); /* else nothing was put to the test */
        tell_child(honest[i], 'e');
        assert_child_succeeds(honest[i]);
    }
    kill_child(hostile);
    remove_leftovers();
}

enum { LATEST = FERRY_DELIVERY_LATEST, EVERY = FERRY_DELIVERY_EVERY };

static const reader native_readers[] = {{LATEST, .copies = false},
                                        {EVERY, .copies = false},
                                        {LATEST, .copies = true},
                                        {EVERY, .copies = true},
                                        {LATEST, .follows = true},
                                        {EVERY, .follows = true},
                                        {EVERY, .copies = true, .follows = true},
                                        {EVERY, .max_lag = 2},
                                        {EVERY, .max_lag = UINT32_MAX - 1, .copies = true},
                                        {EVERY, .max_lag = 2, .follows = true}};
static const reader dialect_readers[] = {{LATEST, .copies = true}, {LATEST, .copies = true}};

static void bytes_all_over_a_native_channel(void **state) {
    (void)state;
    name = own_name(name_room, "native");
    plan how = {.seed = vandal_seed(), .dialect = FERRY_DIALECT_NATIVE};
    attack(&how, native_readers, sizeof native_readers / sizeof native_readers[0]);
}

static void a_native_channel_that_is_cut_as_well(void **state) {
    (void)state;
    name = own_name(name_room, "cut");
    plan how = {.seed = vandal_seed(), .dialect = FERRY_DIALECT_NATIVE, .cuts = true};
    attack(&how, native_readers, sizeof native_readers / sizeof native_readers[0]);
}

static void bytes_all_over_the_one_slot(void **state) {
    (void)state;
    name = own_name(name_room, "slot");
    plan how = {.seed = vandal_seed(), .dialect = FERRY_DIALECT_BASEIMAGE};
    attack(&how, dialect_readers, 2);
}

static void the_one_slot_that_is_cut_as_well(void **state) {
    (void)state;
    name = own_name(name_room, "slotcut");
    plan how = {.seed = vandal_seed(), .dialect = FERRY_DIALECT_BASEIMAGE, .cuts = true};
    attack(&how, dialect_readers, 2);
}

int main(void) {
    if (UNDER_THREAD_SANITIZER) {
        puts("skipped: atomic accesses that fault cannot be handled under ThreadSanitizer");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(bytes_all_over_a_native_channel, clean_up),
        cmocka_unit_test_teardown(a_native_channel_that_is_cut_as_well, clean_up),
        cmocka_unit_test_teardown(bytes_all_over_the_one_slot, clean_up),
        cmocka_unit_test_teardown(the_one_slot_that_is_cut_as_well, clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
