/* Looking from outside at objects in shared memory that hold anything, and have any length. The
 * input says what they hold: bytes over what a real producer has made, or bytes alone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <frameferry/frameferry.h>

#include "channel/geometry.h"
#include "channel/layout.h"
#include "fuzz.h"

enum { OBJECTS = 2, SLOTS = 2, SLOT_BYTES = 4096 };

static struct object {
    int descriptor; /* as any program of the same user can open it */
    uint8_t *good;  /* what the producer made of it */
    size_t bytes;
} objects[OBJECTS]; /* frames, consumers */

static ferryi_geometry geometry;
static char name[64];
static ferry_producer *producer;

static void remove_names(void) {
    ferry_producer_close(&producer);
}

static void open_object(struct object *o, const char *suffix) {
    char path[128];
    struct stat about;
    snprintf(path, sizeof path, "/dev/shm/%s%s", name, suffix);
    o->descriptor = open(path, O_RDWR | O_CLOEXEC);
    FUZZ_CHECK(o->descriptor >= 0 && fstat(o->descriptor, &about) == 0);
    o->bytes = (size_t)about.st_size;
    o->good = malloc(o->bytes);
    FUZZ_CHECK(o->good != NULL);
    FUZZ_CHECK(pread(o->descriptor, o->good, o->bytes, 0) == (ssize_t)o->bytes);
}

static void make_channel(void) {
    snprintf(name, sizeof name, "fuzz-peek-%d", (int)getpid());
    ferry_producer_options options = FERRY_PRODUCER_OPTIONS_INIT;
    options.name = name;
    options.slots = SLOTS;
    options.slot_bytes = SLOT_BYTES;
    FUZZ_CHECK(ferry_producer_create(&producer, &options, NULL) == FERRY_OK);
    atexit(remove_names);
    uint8_t pixels[640] = {0};
    for (int i = 0; i < 2; i++) {
        ferry_frame_info info = {.width = 20, .height = 32, .format = FERRY_FORMAT_GRAY};
        info.metadata_bytes = 5;
        FUZZ_CHECK(ferry_producer_send(producer, &info, pixels, 0, NULL, NULL) == FERRY_OK);
    }
    open_object(&objects[0], "");
    open_object(&objects[1], "~consumers");
    FUZZ_CHECK(ferryi_geometry_make(&geometry, SLOTS, SLOT_BYTES, NULL) == FERRY_OK);
}

static void put(const struct object *o, const uint8_t *bytes, size_t length, size_t at) {
    while (length > 0) {
        ssize_t written = pwrite(o->descriptor, bytes, length, (off_t)at);
        FUZZ_CHECK(written > 0);
        bytes += written;
        at += (size_t)written;
        length -= (size_t)written;
    }
}

/* Where a patch begins: in a part that a look goes by. */
static size_t place(struct object **o, uint8_t part, size_t offset) {
    size_t block = (size_t)geometry.block_offset;
    *o = &objects[part % 8 >= 6];
    switch (part % 8) {
    case 0: return objects[0].bytes - sizeof(ferryi_trailer) + offset % sizeof(ferryi_trailer);
    case 1: return block + offset % offsetof(ferryi_block, entry);
    case 2: return block + offsetof(ferryi_block, entry) + offset % 32;
    case 3:
        return block + offsetof(ferryi_block, descriptor) +
               offset % (SLOTS * sizeof(ferryi_descriptor));
    case 4: return (size_t)ferryi_geometry_slot_offset(&geometry, part / 8 % SLOTS) + offset % 16;
    case 5: return offset % objects[0].bytes;
    case 6: return offset % offsetof(ferryi_consumers, record);
    default: return offsetof(ferryi_consumers, record) + offset % (2 * sizeof(ferryi_record));
    }
}

static void patch(fuzz_input *in) {
    enum { WIDEST = 16 };
    for (uint64_t count = fuzz_take(in, 1) % 16; count > 0 && in->left > 0; count--) {
        struct object *o;
        uint8_t bytes[WIDEST];
        uint8_t part = (uint8_t)fuzz_take(in, 1);
        size_t at = place(&o, part, (size_t)fuzz_take(in, 2));
        size_t length = (size_t)fuzz_take(in, 1) % WIDEST + 1;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)fuzz_take(in, 1);
        put(o, bytes, length, at);
    }
}

/* Each object as the producer left it, cut short, or holding the rest of the input alone. */
static void set_up(fuzz_input *in, uint8_t flags) {
    for (int i = 0; i < OBJECTS; i++) {
        struct object *o = &objects[i];
        uint8_t way = flags >> 2 * i & 3;
        put(o, o->good, o->bytes, 0);
        FUZZ_CHECK(ftruncate(o->descriptor, (off_t)o->bytes) == 0);
        if (way == 2) {
            FUZZ_CHECK(ftruncate(o->descriptor, (off_t)(fuzz_take(in, 3) % (o->bytes + 1))) == 0);
        } else if (way == 3) { /* zeros, and bytes at the end, where the trailer would be */
            FUZZ_CHECK(ftruncate(o->descriptor, 0) == 0);
            size_t pages = (size_t)fuzz_take(in, 1) % 64, length = pages * FERRYI_SHM_PAGE;
            size_t taken = in->left < length ? in->left : length;
            FUZZ_CHECK(ftruncate(o->descriptor, (off_t)length) == 0);
            put(o, in->data, taken, length - taken);
        }
    }
}

static void check(const ferry_peek *seen) {
    FUZZ_CHECK(seen->state <= FERRY_PEEK_UNREADABLE);
    FUZZ_CHECK(seen->slots <= FERRY_MAX_SLOTS && seen->consumer_count <= FERRY_MAX_CONSUMERS);
    FUZZ_CHECK(memchr(seen->detail, '\0', sizeof seen->detail) != NULL);
    FUZZ_CHECK(memchr(seen->producer.name, '\0', sizeof seen->producer.name) != NULL);
    FUZZ_CHECK(memchr(seen->producer.user, '\0', sizeof seen->producer.user) != NULL);
    FUZZ_CHECK(seen->newest.metadata_bytes <= FERRY_METADATA_MAX);
    if (seen->has_newest != 0)
        FUZZ_CHECK(seen->newest.length_bytes + FERRY_HEADER_BYTES <= seen->slot_bytes);
    for (uint32_t i = 0; i < seen->consumer_count; i++) {
        const char *text = seen->consumer[i].info.name;
        FUZZ_CHECK(memchr(text, '\0', FERRY_CONSUMER_NAME_MAX + 1) != NULL);
        FUZZ_CHECK(seen->consumer[i].index < FERRY_MAX_CONSUMERS);
    }
}

static volatile uint32_t sum; /* so that every byte is read */

/* Between attempts to copy a frame nothing changes here. */
void __wrap_ferryi_clock_pause(int64_t ns);
void __wrap_ferryi_clock_pause(int64_t ns) {
    (void)ns;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static ferry_peek seen;
    if (producer == NULL)
        make_channel();
    fuzz_input in = {.data = data, .left = size};
    set_up(&in, (uint8_t)fuzz_take(&in, 1));
    patch(&in);
    if (ferry_peek_look(name, &seen, NULL) == FERRY_OK)
        check(&seen);
    ferry_image image = FERRY_IMAGE_INIT;
    if (ferry_peek_grab(name, &image, NULL) == FERRY_OK)
        for (uint32_t i = 0; i < image.info.length_bytes; i++)
            sum += image.pixels[i];
    ferry_image_free(&image);
    /* As it was: the producer has it mapped. */
    for (int i = 0; i < OBJECTS; i++) {
        FUZZ_CHECK(ftruncate(objects[i].descriptor, (off_t)objects[i].bytes) == 0);
        put(&objects[i], objects[i].good, objects[i].bytes, 0);
    }
    return 0;
}
