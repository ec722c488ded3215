/* Ports of every convention beside a program that may put anything anywhere. The input says which
 * port it is, and what lies in the mapping and in the words of the semaphores before each call. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <frameferry/port.h>

#include "fuzz.h"

enum { MEMORY_MOST = 8192, SEMAPHORE_BYTES = 32, OBJECTS_MOST = 8, SEMAPHORE_WORD_BYTES = 8 };

/* The objects that the other side has open: memory, or what orders the accesses to it. */
static struct object {
    uint8_t *bytes;
    size_t mapped;
    int descriptor;
    char path[160];
    bool is_memory;
} objects[OBJECTS_MOST];
static int object_count;

static char names[FERRY_PORT_OBJECTS][64];

static void remove_names(void) {
    for (uint32_t i = 0; i < FERRY_PORT_OBJECTS; i++) {
        char path[160];
        snprintf(path, sizeof path, "/dev/shm/%.63s", names[i]);
        unlink(path);
        snprintf(path, sizeof path, "/dev/shm/sem.%.63s", names[i]);
        unlink(path);
    }
}

static void begin(void) {
    for (uint32_t i = 0; i < FERRY_PORT_OBJECTS; i++)
        snprintf(names[i], sizeof names[i], "fuzz-port-%d-%s", (int)getpid(),
                 ferry_port_object_word(i));
    atexit(remove_names);
}

/* ---- the other side ---- */

static bool is_memory(uint32_t role) {
    return role == FERRY_PORT_MEMORY || role == FERRY_PORT_BACK;
}

static void make_object(uint32_t role, size_t bytes) {
    struct object *o = &objects[object_count++];
    FUZZ_CHECK(object_count <= OBJECTS_MOST);
    o->is_memory = is_memory(role);
    o->mapped = o->is_memory ? MEMORY_MOST : SEMAPHORE_BYTES;
    snprintf(o->path, sizeof o->path, "/dev/shm/%s%.63s", o->is_memory ? "" : "sem.", names[role]);
    o->descriptor = open(o->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    FUZZ_CHECK(o->descriptor >= 0 && ftruncate(o->descriptor, (off_t)bytes) == 0);
    o->bytes = mmap(NULL, o->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, o->descriptor, 0);
    FUZZ_CHECK(o->bytes != MAP_FAILED);
}

static void remove_objects(void) {
    for (int i = 0; i < object_count; i++) {
        munmap(objects[i].bytes, objects[i].mapped);
        close(objects[i].descriptor);
    }
    object_count = 0;
    remove_names();
}

static size_t length_of(const struct object *o) {
    struct stat about;
    FUZZ_CHECK(fstat(o->descriptor, &about) == 0);
    return (size_t)about.st_size;
}

/* A semaphore of glibc: its word says how much, and how many sleep. */
static void patch_semaphore(struct object *o, fuzz_input *in) {
    uint64_t word = fuzz_take(in, 1);
    if (word == 0xff) /* or anything */
        word = fuzz_take(in, SEMAPHORE_WORD_BYTES);
    memcpy(o->bytes, &word, sizeof word);
}

static void patch_memory(struct object *o, fuzz_input *in) {
    uint8_t how = (uint8_t)fuzz_take(in, 1);
    if (how >= 0xf0) { /* shorter or longer, of which nobody reads in this moment */
        FUZZ_CHECK(ftruncate(o->descriptor, (off_t)(fuzz_take(in, 2) % (MEMORY_MOST + 1))) == 0);
        return;
    }
    size_t length = length_of(o), at = how < 0x80 || length == 0 ? 0 : fuzz_take(in, 2) % length;
    size_t count = how % 0x80;
    for (size_t i = 0; i < count && at + i < length; i++)
        o->bytes[at + i] = (uint8_t)fuzz_take(in, 1);
}

static void patch(fuzz_input *in) {
    if (object_count == 0)
        return;
    struct object *o = &objects[fuzz_take(in, 1) % (unsigned)object_count];
    if (o->is_memory)
        patch_memory(o, in);
    else
        patch_semaphore(o, in);
}

/* ---- this side ---- */

static const uint32_t formats[] = {
    FERRY_FORMAT_GRAY,    FERRY_FORMAT_GRAY16LE, FERRY_FORMAT_BGR24, FERRY_FORMAT_BGRA,
    FERRY_FORMAT_YUV420P, FERRY_FORMAT_RGB565LE, FERRY_FORMAT_TEXT,  0};
enum { FORMATS = sizeof formats / sizeof formats[0] };

static ferry_port_options choose(fuzz_input *in) {
    static const char *const orders[] = {"whs", "wsh", "hws", "hsw", "swh", "shw"};
    static const uint32_t dialects[] = {FERRY_PORT_MUTEX, FERRY_PORT_LOCKSTEP, FERRY_PORT_DUPLEX,
                                        FERRY_PORT_RWEVENTS, FERRY_PORT_FILE};
    ferry_port_options options = FERRY_PORT_OPTIONS_INIT;
    options.dialect = dialects[fuzz_take(in, 1) % 5];
    options.role = (uint32_t)fuzz_take(in, 1) % 2;
    options.payload = (uint32_t)fuzz_take(in, 1) % 3;
    options.header_order = orders[fuzz_take(in, 1) % 6];
    uint8_t flags = (uint8_t)fuzz_take(in, 1);
    options.bottom_up = flags & 1;
    options.adopt = 1; /* looking for half a second finds nothing */
    options.break_lock_ns = flags >> 1 & 1;
    options.format_16bit = (flags & 4) != 0 ? FERRY_FORMAT_RGB565LE : 0;
    options.format = formats[fuzz_take(in, 1) % FORMATS];
    if (options.dialect == FERRY_PORT_DUPLEX)
        options.reading = flags >> 3 & 3;
    options.raw.width = (int32_t)fuzz_take(in, 1);
    options.raw.height = (int32_t)fuzz_take(in, 1);
    options.raw.format = formats[fuzz_take(in, 1) % FORMATS];
    options.raw.stride_bytes = (uint32_t)fuzz_take(in, 2) % 1024;
    options.memory_bytes = fuzz_take(in, 2) % MEMORY_MOST + 1;
    for (uint32_t i = 0; i < FERRY_PORT_OBJECTS; i++)
        if (ferry_port_default_name(options.dialect, options.reading, options.payload, i) != NULL)
            options.names[i] = names[i];
    return options;
}

static volatile uint32_t sum; /* so that every byte is read */

static void check_status(ferry_status status, const ferry_error *error) {
    FUZZ_CHECK(status == FERRY_OK || error->status == status);
    FUZZ_CHECK(memchr(error->message, '\0', sizeof error->message) != NULL);
}

static void receive(ferry_port *port, const ferry_port_options *options) {
    ferry_image image = FERRY_IMAGE_INIT;
    ferry_error error = FERRY_ERROR_INIT;
    ferry_status status = ferry_port_receive(port, &image, 0, &error);
    check_status(status, &error);
    if (status == FERRY_OK) {
        const ferry_frame_info *info = &image.info;
        bool is_text = options->payload == FERRY_PAYLOAD_TEXT;
        FUZZ_CHECK(info->length_bytes <= MEMORY_MOST);
        FUZZ_CHECK(is_text == (info->format == FERRY_FORMAT_TEXT));
        FUZZ_CHECK(is_text || (info->width > 0 && info->height > 0));
        FUZZ_CHECK(image.pixels[info->length_bytes] == 0);
        ferry_layout layout;
        FUZZ_CHECK(is_text || (ferry_layout_of(&layout, info) == FERRY_OK &&
                               layout.length_bytes <= info->length_bytes));
        for (uint32_t i = 0; i < info->length_bytes; i++)
            sum += image.pixels[i];
    }
    ferry_image_free(&image);
}

static void send(ferry_port *port, fuzz_input *in) {
    ferry_error error = FERRY_ERROR_INIT;
    uint8_t how = (uint8_t)fuzz_take(in, 1);
    if (how % 2 == 0) {
        char text[300];
        size_t length = how;
        for (size_t i = 0; i < length; i++)
            text[i] = (char)('a' + i % 26);
        text[length] = '\0';
        check_status(ferry_port_send_text(port, text, 0, &error), &error);
        return;
    }
    ferry_frame_info info = {.format = formats[how / 2 % FORMATS]};
    info.width = (int32_t)fuzz_take(in, 1);
    info.height = (int32_t)fuzz_take(in, 1);
    info.stride_bytes = (uint32_t)fuzz_take(in, 2) % 1024;
    /* Exactly as much as the description says. */
    ferry_layout layout = {0};
    bool is_picture = ferry_layout_of(&layout, &info) == FERRY_OK;
    size_t bytes = is_picture ? layout.length_bytes : 1;
    uint8_t *pixels = calloc(1, bytes);
    FUZZ_CHECK(pixels != NULL);
    check_status(ferry_port_send(port, &info, pixels, 0, &error), &error);
    free(pixels);
}

static void use(ferry_port *port, const ferry_port_options *options, fuzz_input *in) {
    enum { STEPS_MOST = 24 };
    for (int i = 0; i < STEPS_MOST && in->left > 0; i++) {
        ferry_error error = FERRY_ERROR_INIT;
        switch (fuzz_take(in, 1) % 8) {
        case 0:
        case 1: receive(port, options); break;
        case 2: send(port, in); break;
        case 3: check_status(ferry_port_drain(port, 0, &error), &error); break;
        case 4: ferry_port_interrupt(port); break;
        default: patch(in); break;
        }
    }
}

/* Between two looks nothing changes here. */
void __wrap_ferryi_clock_pause(int64_t ns);
void __wrap_ferryi_clock_pause(int64_t ns) {
    (void)ns;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (names[0][0] == '\0')
        begin();
    fuzz_input in = {.data = data, .left = size};
    ferry_port_options options = choose(&in);
    size_t bytes = (size_t)fuzz_take(&in, 2) % (MEMORY_MOST + 1);
    uint8_t there = (uint8_t)fuzz_take(&in, 1); /* which objects the other side has made */
    for (uint32_t i = 0, seen = 0; i < FERRY_PORT_OBJECTS; i++)
        if (options.names[i] != NULL && (there >> seen++ & 1) != 0)
            make_object(i, is_memory(i) ? bytes : SEMAPHORE_BYTES);
    for (int i = 0; i < object_count; i++)
        patch(&in);
    ferry_port *port = NULL;
    ferry_error error = FERRY_ERROR_INIT;
    ferry_status status = ferry_port_open(&port, &options, &error);
    check_status(status, &error);
    if (status == FERRY_OK)
        use(port, &options, &in);
    ferry_port_close(&port);
    remove_objects();
    return 0;
}
