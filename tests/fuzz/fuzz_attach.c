/* Attaching to objects in shared memory that hold anything, and reading from them. A real producer
 * has made a channel of two slots with two frames in it; the input says what is overwritten before
 * a consumer attaches, and what while it reads. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <frameferry/frameferry.h>

#include "channel/geometry.h"
#include "channel/layout.h"
#include "fuzz.h"

enum { OBJECTS = 2 };

static struct object {
    uint8_t *base; /* as any program of the same user can map it */
    uint8_t *good; /* what the producer made of it */
    size_t bytes;
} objects[OBJECTS]; /* frames, consumers */

static ferryi_geometry geometry;
static char name[64];
static ferry_producer *producer;

static void remove_names(void) {
    ferry_producer_close(&producer);
}

static void map(struct object *o, const char *suffix) {
    char path[128];
    struct stat about;
    snprintf(path, sizeof path, "/dev/shm/%s%s", name, suffix);
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    FUZZ_CHECK(descriptor >= 0 && fstat(descriptor, &about) == 0);
    o->bytes = (size_t)about.st_size;
    o->base = mmap(NULL, o->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    o->good = malloc(o->bytes);
    FUZZ_CHECK(o->base != MAP_FAILED && o->good != NULL);
    close(descriptor);
    memcpy(o->good, o->base, o->bytes);
}

static void make_channel(void) {
    snprintf(name, sizeof name, "fuzz-attach-%d", (int)getpid());
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.slots = 2;
    options.slot_bytes = 4096;
    FUZZ_CHECK(ferry_producer_create(&producer, &options, NULL) == FERRY_OK);
    atexit(remove_names);
    uint8_t pixels[640];
    for (int i = 0; i < 2; i++) {
        ferry_frame_info info = {.width = 20, .height = 32, .format = FERRY_FORMAT_GRAY};
        info.metadata_bytes = 5;
        memset(pixels, i, sizeof pixels);
        FUZZ_CHECK(ferry_producer_send(producer, &info, pixels, 0, NULL, NULL) == FERRY_OK);
    }
    map(&objects[0], "");
    map(&objects[1], "~consumers");
    FUZZ_CHECK(ferryi_geometry_make(&geometry, 2, 4096, NULL) == FERRY_OK);
}

/* Where a patch begins: in a part that a consumer looks at. */
static size_t place(struct object **o, uint8_t part, size_t offset) {
    size_t block = (size_t)geometry.block_offset;
    *o = &objects[part % 8 >= 6];
    switch (part % 8) {
    case 0: return objects[0].bytes - sizeof(ferryi_trailer) + offset % sizeof(ferryi_trailer);
    case 1: return block + offset % offsetof(ferryi_block, entry);
    case 2: return block + offsetof(ferryi_block, entry) + offset % 32;
    case 3: return block + offsetof(ferryi_block, descriptor) + offset % 768;
    case 4: return (size_t)ferryi_geometry_slot_offset(&geometry, part / 8 % 2) + offset % 16;
    case 5: return offset % objects[0].bytes;
    case 6: return offset % offsetof(ferryi_consumers, record);
    default: return offsetof(ferryi_consumers, record) + offset % sizeof(ferryi_record);
    }
}

static void patch(fuzz_input *in) {
    enum { WIDEST = 16 };
    for (uint64_t count = fuzz_take(in, 1) % 16; count > 0 && in->left > 0; count--) {
        struct object *o;
        uint8_t part = (uint8_t)fuzz_take(in, 1);
        size_t at = place(&o, part, (size_t)fuzz_take(in, 2));
        for (uint64_t bytes = fuzz_take(in, 1) % WIDEST + 1; bytes > 0 && at < o->bytes; bytes--)
            o->base[at++] = (uint8_t)fuzz_take(in, 1);
    }
}

static volatile uint32_t sum; /* so that every byte is read */

static void read_all(const uint8_t *pixels, const ferry_frame_info *info) {
    FUZZ_CHECK(info->length_bytes >= 1 && info->length_bytes <= 4096 - FERRY_HEADER_BYTES);
    for (uint32_t i = 0; i < info->length_bytes; i++)
        sum += pixels[i];
}

static void take_frames(ferry_consumer *consumer, bool copies, fuzz_input *in) {
    ferry_image image = FERRY_IMAGE_INIT;
    for (int i = 0; i < 3; i++) {
        ferry_frame frame;
        if (copies) {
            if (ferry_consumer_copy(consumer, 0, &image, NULL) == FERRY_OK)
                read_all(image.pixels, &image.info);
        } else if (ferry_consumer_acquire(consumer, 0, &frame, NULL) == FERRY_OK) {
            read_all(frame.pixels, &frame.info);
            patch(in);
            ferry_consumer_release(consumer, &frame);
        }
        patch(in);
        ferry_consumer_counters counters;
        ferry_consumer_get_counters(consumer, &counters);
    }
    ferry_image_free(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (producer == NULL)
        make_channel();
    for (int i = 0; i < OBJECTS; i++)
        memcpy(objects[i].base, objects[i].good, objects[i].bytes);
    fuzz_input in = {.data = data, .left = size};
    uint8_t flags = (uint8_t)fuzz_take(&in, 1);
    patch(&in);
    ferry_consumer_options options = FERRY_CONSUMER_OPTIONS_INIT;
    options.name = name;
    options.wait_ns = 0;
    options.delivery = flags & 1;
    ferry_consumer *consumer = NULL;
    if (ferry_consumer_open(&consumer, &options, NULL) == FERRY_OK)
        take_frames(consumer, (flags & 2) != 0, &in);
    ferry_consumer_close(&consumer);
    ferry_consumer_info list[FERRY_MAX_CONSUMERS];
    ferry_producer_list_consumers(producer, list, FERRY_MAX_CONSUMERS);
    return 0;
}
